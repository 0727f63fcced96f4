/** The command line: what is in a topic, and databases out of it. */
package io.walcast.connector.cli;
