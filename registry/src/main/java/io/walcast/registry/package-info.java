/** The WAL registry: slots per namespace, opening, swapping, shutdown. */
package io.walcast.registry;
