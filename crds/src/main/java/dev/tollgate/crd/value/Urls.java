package dev.tollgate.crd.value;

import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.finding.Findings;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** URLs that the platform gives. */
public final class Urls {
  private static final Set<String> METADATA =
      Set.of("169.254.169.254", "fd00:ec2:0:0:0:0:0:254", "metadata.google.internal");

  private static final Set<String> REDIS =
      Set.of("redis", "rediss", "redis-cluster", "rediss-cluster");

  private static final Pattern NUMBER = Pattern.compile("[0-9]+|0[xX][0-9a-fA-F]*");
  private static final Pattern DOTTED =
      Pattern.compile(
          "((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\\.){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])");

  private Urls() {}

  /** An http or https URL that may be called, or null and a finding. */
  public static @Nullable URI http(String text, String path, Findings to) {
    return read(text, Set.of("http", "https"), path, to);
  }

  /** A URL that may be called, also with HTTP/2 without TLS (h2c), or null and a finding. */
  public static @Nullable URI backend(String text, String path, Findings to) {
    return read(text, Set.of("http", "https", "h2c"), path, to);
  }

  /**
   * The URL of a Redis, or of nodes of a Redis Cluster with commas between: {@code
   * redis-cluster://a:6379,b:6379}.
   */
  public static void redis(String text, String path, Findings to) {
    String scheme = text.substring(0, Math.max(0, text.indexOf("://")));
    if (!scheme.equals("redis-cluster") && !scheme.equals("rediss-cluster")) {
      read(text, REDIS, path, to);
      return;
    }
    for (String node : text.substring(scheme.length() + 3).split(",", -1)) {
      if (read(scheme + "://" + node, REDIS, path, to) == null) {
        return;
      }
    }
  }

  /** A URL of one of the schemes, with a host and without credentials, or null and a finding. */
  private static @Nullable URI read(String text, Set<String> schemes, String path, Findings to) {
    URI url;
    try {
      url = new URI(text);
    } catch (URISyntaxException bad) {
      to.refuse("BadUrl", path, "this is not a URL (" + bad.getReason() + "); write it in full");
      return null;
    }
    if (url.getRawUserInfo() != null) {
      // the text is not repeated: it may hold a password
      to.refuse(
          "CredentialsInUrl",
          path,
          "the URL holds a user or password; take it out and use a Secret reference");
      return null;
    }
    String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
    if (!schemes.contains(scheme)) {
      to.refuse(
          "BadUrl",
          path,
          "a URL here begins with "
              + String.join("://, ", schemes.stream().sorted().toList())
              + "://; correct the scheme");
      return null;
    }
    String host = url.getHost();
    if (host == null || host.isEmpty() || url.getPort() == 0 || url.getPort() > 65535) {
      to.refuse(
          "BadUrl", path, "the URL names no valid host and port; write it like https://host:8443");
      return null;
    }
    if (url.getRawFragment() != null || url.getRawQuery() != null) {
      to.refuse("BadUrl", path, "the URL has a query or fragment; leave out what follows ? or #");
      return null;
    }
    String way = url.getRawPath();
    if (!way.chars().allMatch(c -> c < 128)) {
      to.refuse(
          "BadUrl", path, "the path has letters that no server takes; write it like " + ascii(way));
      return null;
    }
    if (Arrays.stream(way.split("/")).anyMatch(Set.of(".", "..")::contains)) {
      to.refuse("BadUrl", path, "the path has . or .. in it; write where it leads");
      return null;
    }
    if (isOddNumber(host)) {
      to.refuse(
          "BadUrl", path, "the host is an address in an unusual form; write it like 192.0.2.1");
      return null;
    }
    if (METADATA.contains(plain(host))) {
      to.refuse(
          "MetadataAddress",
          path,
          "the metadata address of the machine is never called; name another host");
      return null;
    }
    return url;
  }

  /** The authorities of the server at {@code path}, which only a connection with TLS asks for. */
  public static @Nullable SecretRef authorities(
      @Nullable SecretRef ref, @Nullable URI url, String path, Findings to) {
    if (ref != null && (url == null || !"https".equalsIgnoreCase(url.getScheme()))) {
      to.refuse(
          "TlsNeeded",
          path + ".caSecretRef",
          "without an https url no certificate is checked; use https or remove caSecretRef");
    }
    return ref;
  }

  private static String ascii(String path) {
    return URI.create(path).toASCIIString();
  }

  /**
   * Whether resolvers would take the host for an IPv4 address that is not four plain numbers, such
   * as 2852039166 or 0xa9fea9fe: the same address as another, in disguise.
   */
  private static boolean isOddNumber(String host) {
    String bare = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    String last = bare.substring(bare.lastIndexOf('.') + 1);
    return NUMBER.matcher(last).matches() && !DOTTED.matcher(bare).matches();
  }

  /** The host in one spelling; literals of IPv6, mapped IPv4 among them, are not taken by name. */
  private static String plain(String host) {
    String bare = host.toLowerCase(Locale.ROOT);
    bare = bare.endsWith(".") ? bare.substring(0, bare.length() - 1) : bare;
    if (!bare.startsWith("[")) {
      return bare;
    }
    try {
      return InetAddress.ofLiteral(bare.substring(1, bare.length() - 1)).getHostAddress();
    } catch (IllegalArgumentException notLiteral) {
      return bare;
    }
  }
}
