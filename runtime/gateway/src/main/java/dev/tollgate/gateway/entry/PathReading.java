package dev.tollgate.gateway.entry;

/**
 * The path as a program behind the gate may read it that is generous: escapes are decoded, several
 * slashes are one, a backslash is a slash, and parameters ({@code ;a=b}) are left out. Where it has
 * another route than the path as it was sent, the request would get past what that route asks for.
 */
final class PathReading {

  private PathReading() {}

  /** The same object where there is only one way to read it. */
  static String generous(String path) {
    if (path.indexOf('%') < 0
        && path.indexOf(';') < 0
        && path.indexOf('\\') < 0
        && !path.contains("//")) {
      return path;
    }
    var read = new StringBuilder(path.length());
    var parameter = false;
    for (int i = 0; i < path.length(); i++) {
      var c = path.charAt(i);
      if (c == '%' && i + 2 < path.length()) {
        var high = Character.digit(path.charAt(i + 1), 16);
        var low = Character.digit(path.charAt(i + 2), 16);
        if (high >= 0 && low >= 0) {
          c = (char) (high << 4 | low);
          i += 2;
        }
      }
      if (c == '/' || c == '\\') {
        parameter = false;
        if (read.isEmpty() || read.charAt(read.length() - 1) != '/') {
          read.append('/');
        }
      } else if (c == ';') {
        parameter = true;
      } else if (!parameter) {
        read.append(c);
      }
    }
    return read.toString();
  }
}
