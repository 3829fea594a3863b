package dev.tollgate.ai.protocol;

import java.util.Base64;

/**
 * Tokens of an image by Anthropic's rule: width times height in pixels, divided by 750, and no more
 * than 1,600, since larger images are made smaller. The size is read from the head of a PNG, GIF,
 * WebP or JPEG.
 */
final class ImageTokens {

  /** Of an image whose size is not known. */
  static final int MOST = 1600;

  /** Characters of Base64 that are looked at: JPEG has the size behind its comments. */
  private static final int HEAD = 64 << 10;

  private static final int UNKNOWN = -1;

  private final byte[] bytes;

  private ImageTokens(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Tokens of an image in Base64; -1 when it is none of those. */
  static int of(String base64) {
    int length = Math.min(base64.length(), HEAD);
    try {
      return new ImageTokens(Base64.getDecoder().decode(base64.substring(0, length & ~3))).tokens();
    } catch (IllegalArgumentException notBase64) {
      return UNKNOWN;
    }
  }

  private int tokens() {
    if (has(0, "\u0089PNG")) {
      return tokens((big(16) << 16) | big(18), (big(20) << 16) | big(22));
    }
    if (has(0, "GIF8")) {
      return tokens(little(6), little(8));
    }
    if (has(0, "RIFF") && has(8, "WEBP")) {
      return webp();
    }
    return big(0) == 0xffd8 ? jpeg() : UNKNOWN;
  }

  private int webp() {
    if (has(12, "VP8X")) {
      return tokens(1 + (little(24) | (at(26) << 16)), 1 + (little(27) | (at(29) << 16)));
    }
    if (has(12, "VP8L")) {
      int bits = little(21) | (little(23) << 16);
      return tokens(1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff));
    }
    return tokens(little(26) & 0x3fff, little(28) & 0x3fff);
  }

  /** Goes from segment to segment until one that begins a frame. */
  private int jpeg() {
    int place = 2;
    while (place + 9 <= bytes.length && at(place) == 0xff) {
      int marker = at(place + 1);
      boolean other = marker == 0xc4 || marker == 0xc8 || marker == 0xcc;
      if (marker >= 0xc0 && marker <= 0xcf && !other) {
        return tokens(big(place + 7), big(place + 5));
      }
      place += marker == 0xff ? 1 : 2 + big(place + 2);
    }
    return MOST;
  }

  private static int tokens(int width, int height) {
    return width <= 0 || height <= 0
        ? MOST
        : (int) Math.min(MOST, Math.ceilDiv((long) width * height, 750));
  }

  private boolean has(int from, String text) {
    for (int i = 0; i < text.length(); i++) {
      if (at(from + i) != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private int big(int place) {
    return (at(place) << 8) | at(place + 1);
  }

  private int little(int place) {
    return at(place) | (at(place + 1) << 8);
  }

  /** A byte; 0 behind the end. */
  private int at(int place) {
    return place < bytes.length ? bytes[place] & 0xff : 0;
  }
}
