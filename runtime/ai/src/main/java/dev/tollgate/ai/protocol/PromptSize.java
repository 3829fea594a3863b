package dev.tollgate.ai.protocol;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tollgate.ai.protocol.request.KeptByProvider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How much a model has to read: the text of messages and tools, and the number of images. */
final class PromptSize {

  /** Members whose strings are images. */
  private static final Set<String> IMAGES = Set.of("image_url", "images");

  /** Characters of Base64 that are taken for a token: of a page of a PDF, and of speech. */
  private static final int OF_FILE = 50;

  private static final int OF_AUDIO = 500;

  /** Tokens of a page full of text. */
  private static final long OF_PAGE = 3000;

  /** What is in an address of data whose length is counted, as that of audio is. */
  private static final List<String> PLAYED = List.of("data:audio", "data:video");

  private final byte[] body;
  private final boolean chat;
  private final @Nullable StringBuilder text;
  private long bytes;
  private boolean kept;

  /** Where {@code data} in the object at a depth begins and ends, and whether it is plain text. */
  private int dataDepth;

  private int dataFrom;
  private int dataTo;
  private int plainDepth;
  private int fileDepth;
  private int audioDepth;
  private @Nullable String data;

  private long fileTokens;
  private int images;
  private final boolean measures;
  private int measured;
  private long measuredTokens;

  /**
   * @param text gathers the text that is counted; null when only its size is wanted
   * @param measures whether images in Base64 are looked at for their size
   */
  PromptSize(byte[] body, boolean chat, @Nullable StringBuilder text, boolean measures) {
    this.body = body;
    this.chat = chat;
    this.text = text;
    this.measures = measures;
  }

  long bytes() {
    return bytes;
  }

  /** Whether a member's name, or how a string begins, may refer to what the provider keeps. */
  boolean mayNameKept() {
    return kept;
  }

  int images() {
    return images;
  }

  /** Tokens of the images, those that were not measured at their most. */
  long imageTokens() {
    return measuredTokens + (long) ImageTokens.MOST * Math.max(0, images - measured);
  }

  /** Tokens of files, audio and video in Base64, by their length, and of a PDF by its pages too. */
  long fileTokens() {
    return fileTokens;
  }

  /** Counts a part of the body that is read as it is. */
  void add(byte[] body, int from, int to) {
    bytes += to - from;
    if (text != null) {
      text.append(new String(body, from, to - from, StandardCharsets.UTF_8)).append('\n');
    }
  }

  /** Counts the text of one value; the parser is left at its last token. */
  void add(JsonParser parser, String member) throws IOException {
    int depth = 0;
    String name = member;
    int imagesFrom = IMAGES.contains(member) ? 0 : Integer.MAX_VALUE;
    int argumentsFrom = Integer.MAX_VALUE;
    dataDepth = 0;
    plainDepth = 0;
    fileDepth = 0;
    audioDepth = 0;
    do {
      switch (parser.currentToken()) {
        case START_OBJECT, START_ARRAY -> {
          depth++;
          if (argumentsFrom == Integer.MAX_VALUE
              && parser.currentToken() == JsonToken.START_OBJECT
              && member.equals("messages")
              && ContentMembers.ARGUMENTS.contains(name)) {
            argumentsFrom = depth;
          }
          boolean free = imagesFrom == Integer.MAX_VALUE && argumentsFrom == Integer.MAX_VALUE;
          if (free && IMAGES.contains(name)) {
            imagesFrom = depth;
            images += name.equals("image_url") ? 1 : 0;
          }
        }
        case END_OBJECT, END_ARRAY -> {
          endData(parser);
          countData(depth);
          if (depth == argumentsFrom) {
            argumentsFrom = Integer.MAX_VALUE;
          }
          if (depth == imagesFrom) {
            imagesFrom = Integer.MAX_VALUE;
          }
          depth--;
          name = "";
        }
        case FIELD_NAME -> {
          endData(parser);
          name = parser.currentName();
          kept |= KeptByProvider.suspectedWithin(name);
        }
        case VALUE_STRING -> {
          kept |= KeptByProvider.suspectedText(name, body, RequestValues.start(parser));
          boolean played = name.endsWith("url") && isPlayed(RequestValues.start(parser) + 1);
          if (argumentsFrom != Integer.MAX_VALUE) {
            bytes += length(parser);
          } else if (played) {
            beginData(parser, depth);
            data = null;
            audioDepth = depth;
          } else if (imagesFrom != Integer.MAX_VALUE) {
            images += name.equals("images") ? 1 : 0;
          } else if (IMAGES.contains(name)) {
            images++;
          } else if (!ContentMembers.NO_TEXT.contains(name)) {
            audioDepth = name.equals("format") ? depth : audioDepth;
            bytes += length(parser);
          } else if (name.equals("type") && depth > 1 && parser.getText().equals("image")) {
            images++;
          } else if (name.equals("type") && parser.getText().equals("text")) {
            plainDepth = depth;
          } else if (name.equals("media_type") && !parser.getText().startsWith("image/")) {
            fileDepth = depth;
          } else if (name.equals("file_data")) {
            fileDepth = depth;
            beginData(parser, depth);
            data = null;
          } else if (name.equals("data")) {
            beginData(parser, depth);
            data = text == null ? null : parser.getText();
            if (measures) {
              measure(parser.getText());
            }
          }
        }
        case VALUE_NUMBER_INT -> bytes += chat ? 0 : 4; // a token by its number
        default -> {}
      }
    } while (depth > 0 && parser.nextToken() != null);
  }

  /** Whether a text that begins at a place is an address of data that is heard or seen in time. */
  private boolean isPlayed(int place) {
    return PLAYED.stream().anyMatch(begin -> RequestValues.starts(body, place, begin));
  }

  private void beginData(JsonParser parser, int depth) {
    dataDepth = depth;
    dataFrom = RequestValues.start(parser);
    dataTo = -1;
  }

  /** Notes where {@code data} ended; a long one is not read for that. */
  private void endData(JsonParser parser) {
    if (dataDepth > 0 && dataTo < 0) {
      dataTo = RequestValues.start(parser);
    }
  }

  /**
   * Counts {@code data} of the object that ends: Anthropic's document of plain text, a file or
   * audio. That of images is not counted by its length.
   */
  private void countData(int depth) {
    if (dataDepth == depth) {
      int length = Math.max(0, dataTo - dataFrom - 2); // without its quotes
      if (plainDepth == depth) {
        bytes += length;
        if (text != null && data != null) {
          text.append(data).append('\n');
        }
      } else if (fileDepth == depth) {
        // only of a whole file it can be told: its text is a fraction of what is drawn with it
        long pages = text == null ? PdfPages.of(body, dataFrom + 1, dataTo) : 0;
        fileTokens += Math.max(Math.ceilDiv(length, OF_FILE), OF_PAGE * pages);
      } else if (audioDepth == depth) {
        fileTokens += Math.ceilDiv(length, OF_AUDIO);
      }
    }
    dataDepth = dataDepth == depth ? 0 : dataDepth;
    plainDepth = plainDepth == depth ? 0 : plainDepth;
    fileDepth = fileDepth == depth ? 0 : fileDepth;
    audioDepth = audioDepth == depth ? 0 : audioDepth;
  }

  private void measure(String base64) {
    int tokens = ImageTokens.of(base64);
    if (tokens >= 0) {
      measured++;
      measuredTokens += tokens;
    }
  }

  private int length(JsonParser parser) throws IOException {
    int from = RequestValues.start(parser);
    parser.finishToken();
    if (text != null) {
      text.append(parser.getText()).append('\n');
    }
    return RequestValues.end(parser) - from - 2;
  }
}
