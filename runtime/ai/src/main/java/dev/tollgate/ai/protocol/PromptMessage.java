package dev.tollgate.ai.protocol;

/**
 * A message of a rendered prompt.
 *
 * @param role who speaks
 * @param text what is said
 */
public record PromptMessage(Role role, String text) {

  /** Who speaks in a prompt. */
  public enum Role {
    System("system"),
    User("user"),
    Assistant("assistant");

    private final String word;

    Role(String word) {
      this.word = word;
    }

    /** The protocols' word, which is the same in all of them. */
    public String word() {
      return word;
    }
  }
}
