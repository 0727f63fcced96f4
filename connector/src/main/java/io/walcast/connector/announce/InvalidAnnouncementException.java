package io.walcast.connector.announce;

import java.io.IOException;

/** A record of the topic of announcements is none, or says what cannot be. */
public final class InvalidAnnouncementException extends IOException {

  private static final long serialVersionUID = 1;

  InvalidAnnouncementException(String message) {
    super(message);
  }

  InvalidAnnouncementException(String message, Throwable cause) {
    super(message, cause);
  }
}
