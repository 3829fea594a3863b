package dev.tollgate.core.metering;

import dev.tollgate.core.store.PrivateFiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One preallocated, memory-mapped file of the usage log. Many threads append; one reads.
 *
 * <p>An entry is a 4-byte length, a 4-byte CRC-32C of the payload, and the payload, padded to 8
 * bytes. The length is written last, with release order, so that a reader never sees half an entry;
 * a process killed in between leaves a hole of zeros, which {@link #read} passes over in a segment
 * that nobody writes to any more.
 */
final class LogSegment implements AutoCloseable {

  private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
  private static final int HEADER = 8;
  private static final Set<StandardOpenOption> NEW =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);

  private final Path file;
  private final long number;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;
  private final AtomicLong tail;
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger writers = new AtomicInteger();
  private volatile boolean sealed;

  private LogSegment(Path file, long number, long bytes, boolean existing) throws IOException {
    this.file = file;
    this.number = number;
    try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      var size = existing ? channel.size() : bytes;
      memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
    }
    tail = new AtomicLong(existing ? memory.byteSize() : 0);
    sealed = existing;
  }

  /** A new one; its blocks are written once, so that a full disk shows here and not later. */
  static LogSegment create(Path file, long number, int bytes) throws IOException {
    try {
      zeros(file, bytes);
      return new LogSegment(file, number, bytes, false);
    } catch (IOException e) {
      // a file that is there would keep one of this number from ever being made
      Files.deleteIfExists(file);
      throw e;
    }
  }

  private static void zeros(Path file, int bytes) throws IOException {
    try (var channel = FileChannel.open(file, NEW, PrivateFiles.MODE)) {
      var zeros = ByteBuffer.allocate(1 << 20);
      for (long at = 0; at < bytes; ) {
        zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - at));
        at += channel.write(zeros);
      }
    }
  }

  /** One that an earlier process left behind; it is only read. */
  static LogSegment existing(Path file, long number) throws IOException {
    return new LogSegment(file, number, 0, true);
  }

  long number() {
    return number;
  }

  /**
   * Appends what an array holds; false when there is no room, after which the segment is sealed.
   */
  boolean append(ByteBuffer payload) {
    var length = payload.remaining();
    var size = (HEADER + length + 7L) & ~7L;
    writers.incrementAndGet();
    try {
      return !sealed && write(payload, length, size);
    } finally {
      writers.decrementAndGet();
    }
  }

  private boolean write(ByteBuffer payload, int length, long size) {
    var at = tail.getAndAdd(size);
    if (at + size > memory.byteSize()) {
      sealed = true;
      return false;
    }
    var bytes = payload.array();
    var from = payload.arrayOffset() + payload.position();
    MemorySegment.copy(bytes, from, memory, ValueLayout.JAVA_BYTE, at + HEADER, length);
    memory.set(ValueLayout.JAVA_INT, at + 4, crc(bytes, from, length));
    INT.setRelease(memory, at, length);
    return true;
  }

  /** What is handed to the reader of a segment. */
  interface Reader {
    /** The payload, which holds only until this returns, and the offset behind the entry. */
    void entry(ByteBuffer payload, long next);
  }

  /**
   * Reads entries from an offset, at most {@code atMost}.
   *
   * @return the offset to go on from
   */
  long read(long from, int atMost, Reader reader) {
    var at = from;
    var count = 0;
    var buffer = new byte[Entries.MAX_BYTES];
    while (count < atMost && at + HEADER <= memory.byteSize()) {
      var length = (int) INT.getAcquire(memory, at);
      var payload = length == 0 ? null : payload(buffer, at, length);
      if (payload == null) {
        if (!isQuiet()) {
          return at;
        }
        // a writer may have ended between the look at its entry and the look at the writers
        length = (int) INT.getAcquire(memory, at);
        payload = length == 0 ? null : payload(buffer, at, length);
        if (payload == null) {
          at += 8;
          continue;
        }
      }
      at += (HEADER + length + 7L) & ~7L;
      count++;
      reader.entry(payload, at);
    }
    return at;
  }

  private @Nullable ByteBuffer payload(byte[] buffer, long at, int length) {
    if (length < 0 || length > buffer.length || at + HEADER + length > memory.byteSize()) {
      return null;
    }
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, at + HEADER, buffer, 0, length);
    return crc(buffer, 0, length) == memory.get(ValueLayout.JAVA_INT, at + 4)
        ? ByteBuffer.wrap(buffer, 0, length)
        : null;
  }

  private static int crc(byte[] bytes, int from, int length) {
    var crc = new CRC32C();
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }

  /** Whether nobody can still be writing here: a writer that comes now finds it sealed. */
  private boolean isQuiet() {
    return sealed && writers.get() == 0;
  }

  boolean isSealed() {
    return sealed;
  }

  boolean isRead(long offset) {
    return offset + HEADER > memory.byteSize();
  }

  void opened() {
    open.incrementAndGet();
  }

  void closed() {
    open.decrementAndGet();
  }

  /** Admitted requests whose open entry is here and that have not ended. */
  int open() {
    return open.get();
  }

  /** To the disk, unless it is deleted. */
  synchronized void force() {
    if (memory.scope().isAlive()) {
      memory.force();
    }
  }

  synchronized void delete() throws IOException {
    arena.close();
    Files.deleteIfExists(file);
  }

  @Override
  public void close() {
    arena.close();
  }
}
