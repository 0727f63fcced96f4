/** Validators for configuration values, shared by both connectors. */
package io.walcast.connector.config;
