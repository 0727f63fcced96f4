package io.walcast.segment;

import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads every frame of a sealed segment in order, old versions of pages included. */
public final class SegmentFrames {

  /** Takes the frames. */
  public interface Visitor {

    /**
     * One frame; the page is good until the call returns.
     *
     * @param sizeAfter size of the database in pages if the frame commits, else 0
     */
    void frame(long frameNo, int pageNo, int sizeAfter, ByteBuffer page);
  }

  private SegmentFrames() {}

  public static void visit(SealedSegment segment, Visitor visitor) throws IOException {
    int frameBytes = FrameFormat.frameBytes(segment.pageSize());
    int atOnce = Math.max(1, (1 << 20) / frameBytes);
    ByteBuffer buffer = ByteBuffer.allocate(atOnce * frameBytes);
    try (StorageFile file = new StandardIo().open(segment.path(), Io.OpenMode.READ)) {
      for (int done = 0; done < segment.frameCount(); done += atOnce) {
        int frames = Math.min(atOnce, segment.frameCount() - done);
        file.readFully(
            buffer.clear().limit(frames * frameBytes),
            FrameFormat.offset(done, segment.pageSize()));
        for (int at = 0; at < frames * frameBytes; at += frameBytes) {
          visitor.frame(
              buffer.getLong(at),
              buffer.getInt(at + FrameFormat.PAGE_NO_AT),
              buffer.getInt(at + FrameFormat.SIZE_AFTER_AT),
              buffer.slice(at + FrameFormat.HEADER, segment.pageSize()));
        }
      }
    }
  }
}
