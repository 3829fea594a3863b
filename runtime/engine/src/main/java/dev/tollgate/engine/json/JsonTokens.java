package dev.tollgate.engine.json;

/**
 * Takes what a {@link JsonScanner} recognises, in the order of the document, without its white
 * space.
 */
public interface JsonTokens {

  /** Takes nothing: for those who only want to know whether a document is valid. */
  JsonTokens NONE =
      new JsonTokens() {
        @Override
        public void structure(byte character) {}

        @Override
        public void text(byte[] bytes, int offset, int length) {}
      };

  /**
   * One structural character.
   *
   * @param character one of <code>{ } [ ] , :</code>
   */
  void structure(byte character);

  /**
   * A piece of a member's name, string, number or literal, byte for byte as written, quotation
   * marks included. A long one, or one across a border of chunks, comes in several pieces; two
   * different ones always have a structural character between them.
   *
   * @param bytes the scanner's input; valid only during the call, not to be changed
   */
  void text(byte[] bytes, int offset, int length);
}
