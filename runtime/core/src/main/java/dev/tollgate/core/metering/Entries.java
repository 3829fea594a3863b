package dev.tollgate.core.metering;

import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageLog.Opening;
import dev.tollgate.core.metering.UsageLog.Outcome;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The entries of the usage log as bytes, big-endian. A close entry repeats what was opened, so that
 * the shipper needs no memory of what it read before.
 */
final class Entries {

  static final byte OPEN = 1;
  static final byte CHECKPOINT = 2;
  static final byte CLOSE = 3;
  static final byte REFUSED = 4;

  private static final byte NO_CALL = 0;

  /** As every version before the one that counts what is written to caches has it. */
  private static final byte CALL = 1;

  private static final byte CALL_WITH_CACHE_WRITES = 2;

  /** Longest entry in bytes; a longer one is a defect of the caller. */
  static final int MAX_BYTES = 8192;

  private static final ThreadLocal<ByteBuffer> BUFFER =
      ThreadLocal.withInitial(() -> ByteBuffer.allocate(MAX_BYTES));

  private Entries() {}

  private static ByteBuffer begin(byte type) {
    return BUFFER.get().clear().put(type);
  }

  static ByteBuffer open(String id, Opening opening) {
    var out = begin(OPEN);
    put(out, id);
    put(out, opening);
    return out.flip();
  }

  static ByteBuffer checkpoint(String id, Amounts amounts, @Nullable ModelCall call) {
    var out = begin(CHECKPOINT);
    put(out, id);
    put(out, amounts);
    put(out, call);
    return out.flip();
  }

  static ByteBuffer close(UsageRecord record) {
    var out = begin(CLOSE);
    put(out, record.id());
    put(out, record.opening());
    put(out, record.amounts());
    out.putLong(record.endedMillis());
    put(out, record.outcome().name());
    out.putInt(record.status());
    put(out, record.call());
    return out.flip();
  }

  static ByteBuffer refused(RefusalCount count) {
    var out = begin(REFUSED);
    put(out, count.shard());
    put(out, count.tenantId());
    put(out, count.route());
    put(out, count.reason());
    return out.putLong(count.second()).putLong(count.count()).flip();
  }

  static String id(ByteBuffer in) {
    return string(in);
  }

  static Opening opening(ByteBuffer in, Names names) {
    return new Opening(
        name(in, names),
        name(in, names),
        name(in, names),
        name(in, names),
        name(in, names),
        name(in, names),
        name(in, names),
        in.getLong(),
        in.getLong());
  }

  static Amounts amounts(ByteBuffer in) {
    return new Amounts(
        in.getLong(), in.getLong(), in.getLong(), in.getLong(), in.getLong(), in.getLong());
  }

  static @Nullable ModelCall call(ByteBuffer in, Names names) {
    var kind = in.get();
    return kind == NO_CALL
        ? null
        : new ModelCall(
            name(in, names),
            name(in, names),
            ModelCall.Source.valueOf(name(in, names)),
            name(in, names),
            name(in, names),
            in.getInt(),
            name(in, names),
            name(in, names),
            name(in, names),
            in.getLong(),
            kind == CALL_WITH_CACHE_WRITES ? in.getLong() : 0,
            kind == CALL_WITH_CACHE_WRITES ? in.getLong() : 0,
            in.getInt(),
            in.getInt(),
            name(in, names));
  }

  static UsageRecord closed(ByteBuffer in, Names names) {
    var id = string(in);
    var opening = opening(in, names);
    var amounts = amounts(in);
    var ended = in.getLong();
    return new UsageRecord(
        id,
        opening,
        ended,
        amounts,
        Outcome.valueOf(name(in, names)),
        in.getInt(),
        call(in, names));
  }

  static RefusalCount refusal(ByteBuffer in, Names names) {
    return new RefusalCount(
        name(in, names),
        name(in, names),
        name(in, names),
        name(in, names),
        in.getLong(),
        in.getLong());
  }

  private static void put(ByteBuffer out, Opening opening) {
    put(out, opening.shard());
    put(out, opening.tenantId());
    put(out, opening.principal());
    put(out, opening.route());
    put(out, opening.plan());
    put(out, opening.planRevision());
    put(out, opening.cycle());
    out.putLong(opening.startedMillis()).putLong(opening.weight());
  }

  private static void put(ByteBuffer out, Amounts a) {
    out.putLong(a.requests()).putLong(a.bytesIn()).putLong(a.bytesOut());
    out.putLong(a.tokensIn()).putLong(a.tokensOut()).putLong(a.cost());
  }

  private static void put(ByteBuffer out, @Nullable ModelCall call) {
    if (call == null) {
      out.put(NO_CALL);
      return;
    }
    var writes = call.cacheWriteTokens() > 0;
    out.put(writes ? CALL_WITH_CACHE_WRITES : CALL);
    put(out, call.model());
    put(out, call.backend());
    put(out, call.source().name());
    put(out, call.currency());
    put(out, call.prompt());
    out.putInt(call.promptVersion());
    put(out, call.experiment());
    put(out, call.variant());
    put(out, call.unit());
    out.putLong(call.cachedTokens());
    if (writes) {
      out.putLong(call.cacheWriteTokens()).putLong(call.cacheWriteHourTokens());
    }
    out.putInt(call.latencyMillis()).putInt(call.firstTokenMillis());
    put(out, call.error());
  }

  private static void put(ByteBuffer out, String text) {
    checkRoom(out, text.length());
    var at = out.position();
    out.putShort((short) text.length());
    for (int i = 0; i < text.length(); i++) {
      var character = text.charAt(i);
      if (character >= 0x80) {
        putWide(out.position(at), text);
        return;
      }
      out.put((byte) character);
    }
  }

  private static void putWide(ByteBuffer out, String text) {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    checkRoom(out, bytes.length);
    out.putShort((short) bytes.length).put(bytes);
  }

  private static void checkRoom(ByteBuffer out, int bytes) {
    if (bytes + 2 > out.remaining() - 256) {
      throw new IllegalArgumentException("a name of " + bytes + " bytes is too long");
    }
  }

  private static String string(ByteBuffer in) {
    var length = in.getShort() & 0xffff;
    var text =
        new String(in.array(), in.arrayOffset() + in.position(), length, StandardCharsets.UTF_8);
    in.position(in.position() + length);
    return text;
  }

  private static String name(ByteBuffer in, Names names) {
    var length = in.getShort() & 0xffff;
    var text = names.of(in.array(), in.arrayOffset() + in.position(), length);
    in.position(in.position() + length);
    return text;
  }
}
