package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.ai.protocol.Exchange;
import dev.tollgate.ai.protocol.json.JsonCursor;
import dev.tollgate.ai.protocol.json.JsonOutput;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

/** Rewrites embeddings between OpenAI's and Ollama's protocols; the vectors are copied as bytes. */
final class EmbeddingsTranslation {

  private EmbeddingsTranslation() {}

  static byte[] translate(Exchange exchange, JsonCursor answer, Answer counted) {
    return switch (exchange.client()) {
      case OpenAiEmbeddings -> toOpenAi(exchange, answer, counted);
      case OllamaEmbeddings -> toOlder(exchange, answer);
      default -> toOllama(exchange, answer, counted);
    };
  }

  /** Ollama's older answer has a single vector, and nothing else. */
  private static byte[] toOlder(Exchange exchange, JsonCursor answer) {
    boolean ollama = exchange.backend() == Dialect.OllamaEmbed;
    String list = ollama ? "embeddings" : "data";
    var out = new JsonOutput(answer.array().length + 256);
    out.raw("{\"embedding\":");
    boolean found = false;
    if (answer.enterObject()) {
      while (answer.nextMember()) {
        if (answer.key().is(list) && answer.enterArray()) {
          while (answer.nextElement()) {
            if (found) {
              answer.skip();
            } else if (ollama) {
              copy(answer, out);
            } else {
              vector(answer, out);
            }
            found = true;
          }
        } else if (!answer.key().is(list)) {
          answer.skip();
        }
      }
    }
    return out.raw(found ? "}" : "[]}").take();
  }

  private static byte[] toOpenAi(Exchange exchange, JsonCursor answer, Answer counted) {
    var out = new JsonOutput(answer.array().length + 256);
    out.raw("{\"object\":\"list\",\"data\":[");
    int index = 0;
    if (answer.enterObject()) {
      while (answer.nextMember()) {
        if (answer.key().is("embeddings") && answer.enterArray()) {
          while (answer.nextElement()) {
            out.raw(index == 0 ? "" : ",").raw("{\"object\":\"embedding\",\"index\":");
            out.number(index++).raw(",\"embedding\":");
            if (exchange.base64()) {
              base64(answer, out);
            } else {
              copy(answer, out);
            }
            out.raw("}");
          }
        } else if (!answer.key().is("embeddings")) {
          answer.skip();
        }
      }
    }
    return out.raw("],\"model\":")
        .string(exchange.model())
        .raw(",\"usage\":{\"prompt_tokens\":")
        .number(counted.tokens().input())
        .raw(",\"total_tokens\":")
        .number(counted.tokens().input())
        .raw("}}")
        .take();
  }

  private static byte[] toOllama(Exchange exchange, JsonCursor answer, Answer counted) {
    var out = new JsonOutput(answer.array().length + 256);
    out.raw("{\"model\":").string(exchange.model()).raw(",\"embeddings\":[");
    boolean more = false;
    if (answer.enterObject()) {
      while (answer.nextMember()) {
        if (answer.key().is("data") && answer.enterArray()) {
          while (answer.nextElement()) {
            out.raw(more ? "," : "");
            more = true;
            vector(answer, out);
          }
        } else if (!answer.key().is("data")) {
          answer.skip();
        }
      }
    }
    long took = Duration.between(exchange.created(), exchange.clock().instant()).toNanos();
    return out.raw("],\"total_duration\":")
        .number(Math.max(0, took))
        .raw(",\"load_duration\":0,\"prompt_eval_count\":")
        .number(counted.tokens().input())
        .raw("}")
        .take();
  }

  private static void vector(JsonCursor answer, JsonOutput out) {
    if (!answer.enterObject()) {
      return;
    }
    while (answer.nextMember()) {
      if (answer.key().is("embedding")) {
        copy(answer, out);
      } else {
        answer.skip();
      }
    }
  }

  /** Floats of 32 bits, little-endian, as OpenAI's {@code encoding_format} has them. */
  private static void base64(JsonCursor vector, JsonOutput out) {
    var floats = new ByteArrayOutputStream(4096);
    byte[] four = new byte[Float.BYTES];
    if (vector.enterArray()) {
      while (vector.nextElement()) {
        vector.peek();
        int from = vector.at();
        vector.skip();
        String number =
            new String(vector.array(), from, vector.at() - from, StandardCharsets.US_ASCII);
        ByteBuffer.wrap(four).order(ByteOrder.LITTLE_ENDIAN).putFloat(number(number));
        floats.writeBytes(four);
      }
    }
    out.raw("\"").raw(Base64.getEncoder().encode(floats.toByteArray())).raw("\"");
  }

  private static float number(String number) {
    try {
      return Float.parseFloat(number);
    } catch (NumberFormatException e) {
      throw Untranslatable.because("a vector of the backend has something that is no number");
    }
  }

  private static void copy(JsonCursor value, JsonOutput out) {
    value.peek();
    int from = value.at();
    value.skip();
    out.raw(value.array(), from, value.at());
  }
}
