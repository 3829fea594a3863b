package dev.tollgate.engine.json;

/**
 * What a scanner may use for one document, whatever the document says.
 *
 * @param maxDepth how many arrays and objects may be open at once, 1 or more; a document that opens
 *     one more is refused
 * @param maxKeyBytes how many bytes of a member's name, as written, are kept for the JSON Pointer
 *     of an error, 1 or more; longer names are accepted, but appear cut, with {@code …} at the end
 */
public record JsonLimits(int maxDepth, int maxKeyBytes) {

  /** 512 levels, and 256 bytes of each name: 140 KB for the worst document. */
  public static final JsonLimits DEFAULT = new JsonLimits(512, 256);

  public JsonLimits {
    if (maxDepth < 1) {
      throw new IllegalArgumentException("maxDepth must be at least 1, not " + maxDepth);
    }
    if (maxKeyBytes < 1) {
      throw new IllegalArgumentException("maxKeyBytes must be at least 1, not " + maxKeyBytes);
    }
  }
}
