/** The SPI through which sealed segments become durable outside this machine. */
package io.walcast.storage;
