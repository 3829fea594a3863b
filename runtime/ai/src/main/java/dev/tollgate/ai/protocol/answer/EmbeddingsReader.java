package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.json.JsonCursor;
import dev.tollgate.ai.protocol.json.JsonText;

/**
 * Embeddings in OpenAI's and Ollama's protocols, of which only the tokens are told: the vectors
 * pass as they are or are rewritten by {@link EmbeddingsTranslation}.
 */
final class EmbeddingsReader implements AnswerReader {

  @Override
  public void read(JsonCursor answer, Parts parts) {
    if (!answer.enterObject()) {
      return;
    }
    boolean failed = false;
    boolean vectors = false;
    while (answer.nextMember()) {
      JsonText key = answer.key();
      if (key.is("usage")) {
        OpenAiUsage.read(answer, parts, 0);
      } else if (key.is("prompt_eval_count")) {
        parts.usage(Tokens.of(answer.count(), 0, 0));
      } else if (key.is("error")) {
        failed = !answer.skipNull();
        if (failed) {
          AnswerReader.error(answer, parts);
        }
      } else {
        vectors |= key.is("data") || key.is("embeddings");
        answer.skip();
      }
    }
    if (vectors && !failed) {
      parts.end();
    }
  }
}
