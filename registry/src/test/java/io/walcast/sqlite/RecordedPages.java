package io.walcast.sqlite;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Hands transactions from the test to its child processes. */
public final class RecordedPages {

  private RecordedPages() {}

  public static void write(Path file, List<Primary.Transaction> transactions) throws IOException {
    try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(file))) {
      out.writeInt(transactions.size());
      for (Primary.Transaction transaction : transactions) {
        out.writeInt(transaction.sizeAfter());
        out.writeInt(transaction.count());
        for (Map.Entry<Integer, byte[]> page : transaction.pages().entrySet()) {
          out.writeInt(page.getKey());
          out.writeInt(page.getValue().length);
          out.write(page.getValue());
        }
      }
    }
  }

  public static List<Primary.Transaction> read(Path file) throws IOException {
    List<Primary.Transaction> found = new ArrayList<>();
    try (DataInputStream in =
        new DataInputStream(new java.io.ByteArrayInputStream(Files.readAllBytes(file)))) {
      int count = in.readInt();
      for (int i = 0; i < count; i++) {
        int sizeAfter = in.readInt();
        TreeMap<Integer, byte[]> pages = new TreeMap<>();
        for (int n = in.readInt(); n > 0; n--) {
          pages.put(in.readInt(), in.readNBytes(in.readInt()));
        }
        found.add(new Primary.Transaction(pages, sizeAfter));
      }
    }
    return found;
  }
}
