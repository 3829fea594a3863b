package dev.tollgate.operator.model;

import java.util.regex.Pattern;

/** How far one model has come on one replica. Messages are sentences for people. */
sealed interface LoadState {

  /** Nothing has begun. */
  record Waiting(String message) implements LoadState {}

  /** It is being brought. */
  record Running(String message) implements LoadState {}

  /** It is there. */
  record Held(long bytes) implements LoadState {}

  /**
   * It could not be brought; that is tried again.
   *
   * @param reason CamelCase
   */
  record Failed(String reason, String message) implements LoadState {

    /** What Ollama says where a name is not known, or nobody answers. */
    private static final Pattern UNREACHABLE =
        Pattern.compile(
            "dial tcp|no such host|server misbehaving|i/o timeout|connection refused"
                + "|network is unreachable|TLS handshake timeout");

    /** From what Ollama or the network said of a model. */
    static Failed of(String model, ModelSource source, String said) {
      var where =
          switch (source) {
            case ModelSource.Library _ -> "the library of models";
            case ModelSource.Download d -> d.url().toString();
            case ModelSource.VolumeFile f -> f.path();
          };
      if (said.contains("no space left on device")) {
        return new Failed(
            "DiskFull",
            "no room for "
                + model
                + " on the volume of the replica; enlarge its claim, or hold fewer models.");
      }
      if (said.contains("digest mismatch")) {
        return new Failed(
            "ChecksumMismatch",
            where + " is not the file whose SHA-256 is given; correct sha256 or the file.");
      }
      if (source instanceof ModelSource.Library && said.contains("file does not exist")) {
        return new Failed(
            "ModelNotFound", "the library has no model " + model + "; correct its name.");
      }
      if (source instanceof ModelSource.Library && UNREACHABLE.matcher(said).find()) {
        return new Failed(
            "LibraryUnreachable",
            "the library of "
                + model
                + " cannot be reached from the pod; let it connect to the Internet, or bring the"
                + " model as a file, with from.path or from.url. It says: "
                + said);
      }
      return new Failed("ModelFailed", "not brought from " + where + ": " + said);
    }
  }
}
