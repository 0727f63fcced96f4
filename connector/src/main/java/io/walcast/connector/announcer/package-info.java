/** Announces what the source has published: builds the runs, and keeps the topic of them whole. */
package io.walcast.connector.announcer;
