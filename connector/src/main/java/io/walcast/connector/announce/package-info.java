/** What the topic of announcements says about the topic of frames. */
package io.walcast.connector.announce;
