/** The topic of frames as a storage that segments are read back from. */
package io.walcast.connector.storage;
