package dev.tollgate.operator.model;

import dev.tollgate.crd.model.ServedModel;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** Where a model of a server comes from. */
sealed interface ModelSource {

  /** The engine's library, by the name of the model. */
  record Library() implements ModelSource {}

  /**
   * A GGUF file behind a URL.
   *
   * @param sha256 in hex, or null where nobody said it
   */
  record Download(URI url, @Nullable String sha256) implements ModelSource {}

  /**
   * A GGUF file on the server's volume.
   *
   * @param sha256 in hex, or null where nobody said it
   */
  record VolumeFile(String path, @Nullable String sha256) implements ModelSource {}

  /** Of a model that the resolver has let through. */
  static ModelSource of(ServedModel model) {
    var from = model.from();
    if (from == null) {
      return new Library();
    }
    if (from.url() != null) {
      return new Download(URI.create(from.url()), from.sha256());
    }
    return new VolumeFile(String.valueOf(from.path()), from.sha256());
  }

  /** The same for two sources exactly when they are the same; short, without secrets. */
  default String text() {
    return switch (this) {
      case Library _ -> "library";
      case Download d -> d.url() + sum(d.sha256());
      case VolumeFile f -> f.path() + sum(f.sha256());
    };
  }

  private static String sum(@Nullable String sha256) {
    return sha256 == null ? "" : " sha256:" + sha256;
  }
}
