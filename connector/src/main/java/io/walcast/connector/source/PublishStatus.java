package io.walcast.connector.source;

/**
 * How far publishing one namespace has come, since this task started.
 *
 * @param sentFrameNo end of the newest segment handed to the producer; 0 if none
 * @param durableFrameNo end of the newest segment that Kafka has in full; 0 if none
 * @param segmentsWaiting sealed segments that Kafka does not have in full
 * @param problem why nothing is sent at present; empty if nothing is wrong
 */
record PublishStatus(long sentFrameNo, long durableFrameNo, int segmentsWaiting, String problem) {

  static final PublishStatus NOTHING = new PublishStatus(0, 0, 0, "");
}
