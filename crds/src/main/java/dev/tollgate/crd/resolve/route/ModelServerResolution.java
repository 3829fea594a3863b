package dev.tollgate.crd.resolve.route;

import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.finding.Findings;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.model.ModelFile;
import dev.tollgate.crd.model.ModelServer;
import dev.tollgate.crd.model.ModelServerSpec;
import dev.tollgate.crd.model.ServedModel;
import dev.tollgate.crd.value.Urls;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/** Servers of models: only judged, for what runs them reads the resource itself. */
public final class ModelServerResolution {

  /** Labels of a StatefulSet's pods have its name, a hyphen and ten digits: 63 in all. */
  private static final int LONGEST_NAME = 52;

  private ModelServerResolution() {}

  /** Name of the Service that a server is reached by. */
  static String service(String server) {
    return server + "-models";
  }

  /** Judges them all. */
  public static void resolveAll(Manifests manifests, List<Finding> findings) {
    new TreeMap<>(manifests.modelServers())
        .forEach(
            (name, server) -> resolve(name, server, new Findings("ModelServer", name, findings)));
  }

  private static void resolve(String name, ModelServer server, Findings to) {
    ModelServerSpec spec = server.getSpec();
    if (spec == null) {
      to.refuse("SpecMissing", "spec", "the resource has no spec; write one");
      return;
    }
    if (service(name).length() > LONGEST_NAME || name.indexOf('.') >= 0) {
      to.refuse(
          "BadName",
          "metadata.name",
          "the name is part of that of a Service and of labels of pods, so it has at most 45"
              + " characters and no dots; use another");
    }
    if (spec.models().isEmpty()) {
      to.refuse("NoModel", "spec.models", "the server holds nothing; name a model");
    }
    Set<String> names = new HashSet<>();
    for (int i = 0; i < spec.models().size(); i++) {
      ServedModel model = spec.models().get(i);
      String path = "spec.models[" + i + "]";
      if (!names.add(model.name())) {
        to.refuse(
            "DuplicateName",
            path + ".name",
            "two models are named " + model.name() + "; rename one");
      }
      if (model.from() != null) {
        file(model.from(), spec, path + ".from", to);
      }
    }
  }

  private static void file(ModelFile file, ModelServerSpec spec, String path, Findings to) {
    String at = file.path();
    if ((at == null) == (file.url() == null)) {
      to.refuse(
          "PathOrUrl",
          path,
          at == null
              ? "the model comes from nowhere; set path or url"
              : "the model has both path and url; keep one of them");
    } else if (file.url() != null) {
      Urls.http(file.url(), path + ".url", to);
    } else if (at != null && (at.contains("/../") || at.endsWith("/.."))) {
      to.refuse("BadPath", path + ".path", "the path leaves the volume; write it without ..");
    } else if (spec.volume() == null) {
      to.refuse(
          "VolumeMissing",
          path + ".path",
          "the server has no volume with model files; set spec.volume, or use a url");
    }
  }
}
