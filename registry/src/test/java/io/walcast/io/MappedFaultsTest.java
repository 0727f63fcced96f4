package io.walcast.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each way in which mapped memory is touched, interpreted and compiled. */
class MappedFaultsTest {

  private static final int LENGTH = 32 * 1024;
  private static final int ENOUGH_TO_COMPILE = 30_000;
  private static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  private enum Way {
    GET {
      @Override
      int touch(MappedByteBuffer memory) {
        return memory.getInt(96);
      }
    },
    ACQUIRE {
      @Override
      int touch(MappedByteBuffer memory) {
        return (int) INT.getAcquire((ByteBuffer) memory, 96);
      }
    },
    RELEASE {
      @Override
      int touch(MappedByteBuffer memory) {
        INT.setRelease((ByteBuffer) memory, 96, 0);
        return 0;
      }
    },
    READ_MANY {
      @Override
      int touch(MappedByteBuffer memory) {
        byte[] bytes = new byte[48];
        memory.get(48, bytes);
        return bytes[7];
      }
    },
    WRITE_MANY {
      @Override
      int touch(MappedByteBuffer memory) {
        memory.put(0, new byte[48]);
        return 0;
      }
    };

    abstract int touch(MappedByteBuffer memory);
  }

  @TempDir Path directory;

  private int guarded(Way way, MappedByteBuffer memory) throws IOException {
    return MappedFaults.guard(directory, () -> way.touch(memory));
  }

  private MappedByteBuffer mapped(String name, boolean cut) throws IOException {
    Path file = directory.resolve(name);
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(LENGTH), 0);
      MappedByteBuffer memory = channel.map(MapMode.READ_WRITE, 0, LENGTH);
      if (cut) {
        channel.truncate(0);
      }
      return memory;
    }
  }

  @Test
  void aFaultIsAFailureOfItsAccessAndOfNothingLater() throws IOException {
    MappedByteBuffer whole = mapped("whole", false);
    MappedByteBuffer cut = mapped("cut", true);
    for (int round = 0; round < 2; round++) {
      for (Way way : Way.values()) {
        assertThatThrownBy(() -> guarded(way, cut))
            .as("round %d, %s", round, way)
            .isInstanceOf(MappedFileCutException.class)
            .hasMessageContaining(directory.toString());
        MappedFaults.surface(); // nothing is left
        for (int i = 0; i < ENOUGH_TO_COMPILE; i++) {
          assertThat(guarded(way, whole) == 0).isTrue();
        }
      }
    }
  }

  @Test
  void whatAnAccessMadeOfRubbishDoesNotHideTheFault() throws IOException {
    MappedByteBuffer cut = mapped("cut", true);
    assertThatThrownBy(
            () ->
                MappedFaults.guard(
                    directory,
                    () -> {
                      throw new IOException("no page " + Way.GET.touch(cut));
                    }))
        .isInstanceOf(MappedFileCutException.class);
  }
}
