package dev.tollgate.engine.json;

/** Takes the bytes that a {@link JsonFormatter} writes. */
@FunctionalInterface
public interface JsonSink {

  /**
   * Takes some bytes.
   *
   * @param bytes valid only during the call, not to be changed
   */
  void write(byte[] bytes, int offset, int length);
}
