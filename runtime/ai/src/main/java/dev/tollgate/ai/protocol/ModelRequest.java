package dev.tollgate.ai.protocol;

import dev.tollgate.ai.protocol.request.PromptInsertion;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a gateway must know of a request to a model: it is read in one pass over the body, of which
 * no tree is built, and the body is kept as it came.
 */
public final class ModelRequest {

  /**
   * Where in the body the members are that a rewrite changes; indexes of bytes, -1 for none. {@code
   * newerMostFrom} is where the name {@code max_completion_tokens} begins, in a body without {@code
   * max_tokens}; {@code fixed} are values that callers have no say in.
   */
  record Places(
      int modelFrom,
      int modelTo,
      int streamOptionsFrom,
      int streamOptionsTo,
      boolean streamOptionsEmpty,
      int includeUsageFrom,
      int includeUsageTo,
      int newerMostFrom,
      List<Fixed> fixed) {

    /** As it is with more bytes before all of it. */
    Places moved(int by, int newerMost) {
      return new Places(
          place(modelFrom, by),
          place(modelTo, by),
          place(streamOptionsFrom, by),
          place(streamOptionsTo, by),
          streamOptionsEmpty,
          place(includeUsageFrom, by),
          place(includeUsageTo, by),
          newerMost,
          fixed.stream().map(f -> new Fixed(f.from + by, f.to + by, f.literal)).toList());
    }

    private static int place(int before, int by) {
      return before < 0 ? before : before + by;
    }
  }

  /** A value that a backend of the same protocol gets in place of the caller's. */
  record Fixed(int from, int to, String literal) {}

  /** Bytes of a body that is read again to count its tokens. */
  private static final int MOST_COUNTED = 1 << 20;

  /** A body is held to its limits once, when it comes. */
  private static final ProtocolLimits AS_READ =
      new ProtocolLimits(Integer.MAX_VALUE, 1, 1, 1000, Integer.MAX_VALUE, Integer.MAX_VALUE);

  private final Dialect dialect;
  private final byte[] body;
  private final String model;
  private final boolean stream;
  private final boolean includeUsage;
  private final @Nullable Long maxTokens;
  private final int n;
  private final @Nullable String user;
  private final @Nullable PromptReference prompt;
  private final long promptBytes;
  private final int messages;
  private final int images;
  private final long imageTokens;
  private final long fileTokens;
  private final boolean tools;
  private final boolean base64;
  private final Map<String, String> namespaces;
  private final boolean mayNameKept;
  private final Places places;
  private final boolean namesMost;
  private final boolean bounded;

  private ModelRequest(RequestScan scan) {
    this(scan, false);
  }

  private ModelRequest(RequestScan scan, boolean bounded) {
    this.bounded = bounded;
    this.dialect = scan.dialect;
    this.body = scan.body;
    this.model = scan.model;
    this.stream = scan.stream;
    this.includeUsage = scan.includeUsage;
    this.maxTokens = scan.maxTokens;
    this.n = scan.answers();
    this.user = scan.user;
    this.prompt = scan.prompt;
    this.promptBytes = scan.size.bytes();
    this.messages = scan.messages;
    this.images = scan.size.images();
    this.imageTokens = scan.size.imageTokens();
    this.fileTokens = scan.size.fileTokens();
    this.tools = scan.tools.any();
    this.base64 = scan.base64;
    this.namespaces = Map.copyOf(scan.tools.namespaces());
    this.mayNameKept = scan.mayNameKept();
    this.places = scan.places();
    this.namesMost = scan.namesMost();
  }

  /** The other, with a bound put into its body. */
  private ModelRequest(ModelRequest other, byte[] body, Places places, long most) {
    this.bounded = true;
    this.dialect = other.dialect;
    this.body = body;
    this.model = other.model;
    this.stream = other.stream;
    this.includeUsage = other.includeUsage;
    this.maxTokens = most;
    this.n = other.n;
    this.user = other.user;
    this.prompt = other.prompt;
    this.promptBytes = other.promptBytes;
    this.messages = other.messages;
    this.images = other.images;
    this.imageTokens = other.imageTokens;
    this.fileTokens = other.fileTokens;
    this.tools = other.tools;
    this.base64 = other.base64;
    this.namespaces = other.namespaces;
    this.mayNameKept = other.mayNameKept;
    this.places = places;
    this.namesMost = true;
  }

  /**
   * Reads a request with the default limits.
   *
   * @throws BadModelRequest when it is not a request of the dialect
   */
  public static ModelRequest read(Dialect dialect, byte[] body) throws BadModelRequest {
    return read(dialect, body, ProtocolLimits.defaults());
  }

  /**
   * Reads a request.
   *
   * @param body UTF-8; must not be changed afterwards
   * @throws BadModelRequest when it is not a request of the dialect, or over a limit
   */
  public static ModelRequest read(Dialect dialect, byte[] body, ProtocolLimits limits)
      throws BadModelRequest {
    return new ModelRequest(new RequestScan(dialect, body, limits, null, false).read());
  }

  /**
   * Reads what was made of a request that has been read before.
   *
   * @param bounded whether the most tokens of its answer were added here
   * @throws BadModelRequest when it has become too long
   */
  public static ModelRequest readAgain(Dialect dialect, byte[] body, boolean bounded)
      throws BadModelRequest {
    return new ModelRequest(
        new RequestScan(dialect, body, ProtocolLimits.defaults(), null, false).read(), bounded);
  }

  /**
   * Reads a request of Anthropic's {@code /v1/messages/count_tokens}, which is one of messages that
   * needs no {@code max_tokens}. Its tokens are those of {@link #promptText()}.
   *
   * @throws BadModelRequest when it is not such a request, or over a limit
   */
  public static ModelRequest readToCount(byte[] body, ProtocolLimits limits)
      throws BadModelRequest {
    return new ModelRequest(
        new RequestScan(Dialect.AnthropicMessages, body, limits, null, true).read());
  }

  public Dialect dialect() {
    return dialect;
  }

  /** The body as it came; not to be changed. */
  public byte[] body() {
    return body;
  }

  /** The model as the client names it. */
  public String model() {
    return model;
  }

  /** Whether the answer is to be streamed; when the client does not say, Ollama's are. */
  public boolean stream() {
    return stream;
  }

  /** Whether the client asked for an event with the usage ({@code stream_options}). */
  public boolean includeUsage() {
    return includeUsage;
  }

  /** The most tokens of an answer; null when the client leaves it to the model. */
  public @Nullable Long maxTokens() {
    return maxTokens;
  }

  /** Whether the body names the most tokens of an answer, be it with null. */
  public boolean namesMost() {
    return namesMost;
  }

  /**
   * The same call, whose answer has at most so many tokens. Only for one that does not {@linkplain
   * #namesMost() name} them, and not for Ollama's dialects, which have them inside the options.
   */
  public ModelRequest bounded(long most) {
    if (namesMost || dialect.ollama()) {
      throw new IllegalStateException("the bound has another place");
    }
    var text =
        ("\"" + dialect.mostTokens() + "\":" + most + ",").getBytes(StandardCharsets.US_ASCII);
    int at = 0;
    while (body[at] != '{') { // it has been read: before it there is only white space
      at++;
    }
    at++;
    var longer = new byte[body.length + text.length];
    System.arraycopy(body, 0, longer, 0, at);
    System.arraycopy(text, 0, longer, at, text.length);
    System.arraycopy(body, at, longer, at + text.length, body.length - at);
    return new ModelRequest(
        this, longer, places.moved(text.length, dialect == Dialect.OpenAiChat ? at : -1), most);
  }

  /** Whether that was added here, and is not the client's own word. */
  public boolean bounded() {
    return bounded;
  }

  /** How many answers are made: for each of several prompts, and also those not shown. */
  public int n() {
    return n;
  }

  /** The end user as the client names him; null when it does not. */
  public @Nullable String user() {
    return user;
  }

  /** The prompt that stands for messages; null when the call names none. */
  public @Nullable PromptReference prompt() {
    return prompt;
  }

  /** Bytes of text that the model reads: messages, instructions and tools, images apart. */
  public long promptBytes() {
    return promptBytes;
  }

  /** How many messages there are. */
  public int messages() {
    return messages;
  }

  /** How many images there are. */
  public int images() {
    return images;
  }

  /**
   * Tokens of the images: by their size where the request was {@linkplain #readToCount read to be
   * counted}, otherwise as many as one may have.
   */
  public long imageTokens() {
    return imageTokens;
  }

  /** About how many tokens the prompt has: its text, images, files, audio and video. */
  public long promptTokens() {
    return TokenEstimator.ofBytes(promptBytes) + imageTokens + fileTokens;
  }

  /**
   * The same with its text counted, by the first 16 KiB of a long one. It reads the body again:
   * only for when the provider does not say the tokens; not that of a body of more than a MiB.
   */
  public long countedTokens() {
    var text = body.length > MOST_COUNTED ? "" : promptText().strip();
    return text.isEmpty()
        ? promptTokens()
        : TokenEstimator.byVocabulary().count(text, promptBytes) + imageTokens + fileTokens;
  }

  /** About how many tokens files, audio and video are: by their length, a PDF by its pages too. */
  public long fileTokens() {
    return fileTokens;
  }

  /** Whether the model is given tools. */
  public boolean hasTools() {
    return tools;
  }

  /** The namespaces of tools of OpenAI's responses that are in one, by their flat names. */
  public Map<String, String> namespaces() {
    return namespaces;
  }

  /** Whether it has members by names that refer to what the provider keeps. */
  boolean mayNameKept() {
    return mayNameKept;
  }

  /** Whether embeddings are wanted as Base64 of little-endian floats of 32 bits. */
  public boolean base64() {
    return base64;
  }

  /**
   * The text whose size {@link #promptBytes()} gives, for a tokenizer. It reads the body again:
   * only for when the provider does not say the tokens.
   */
  public String promptText() {
    var text = new StringBuilder();
    try {
      var _ = new RequestScan(dialect, body, AS_READ, text, true).read();
    } catch (BadModelRequest e) {
      throw new IllegalStateException("the body was good before", e);
    }
    return text.toString();
  }

  /**
   * The same call with the messages of its prompt before its own, and without {@link #prompt()}.
   */
  public ModelRequest withPrompt(List<PromptMessage> messages) throws BadModelRequest {
    var whole = PromptInsertion.insert(dialect, body, messages);
    return new ModelRequest(new RequestScan(dialect, whole, AS_READ, null, false).read(), bounded);
  }

  Places places() {
    return places;
  }
}
