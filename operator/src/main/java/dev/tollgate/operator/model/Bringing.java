package dev.tollgate.operator.model;

import dev.tollgate.crd.model.ServedModel;
import io.fabric8.kubernetes.api.model.Pod;
import java.net.http.HttpClient;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Brings one server's replicas the models that they lack, one at a time each, and takes away those
 * that it brought and nobody wants any more.
 */
final class Bringing {

  private static final String REMOVAL = "removal";

  private final HttpClient http;
  private final Loads loads;
  private final FileJobs jobs;
  private final Collection<Pod> loaders;
  private final String server;
  private final List<ServedModel> wanted;
  private final Runnable wake;
  private final Set<Loads.Key> cared = new HashSet<>();

  /**
   * @param loaders the pods of the jobs
   * @param wanted the models of the server's spec
   * @param wake called when there may be more to do
   */
  Bringing(
      HttpClient http,
      Loads loads,
      FileJobs jobs,
      Collection<Pod> loaders,
      String server,
      List<ServedModel> wanted,
      Runnable wake) {
    this.http = http;
    this.loads = loads;
    this.jobs = jobs;
    this.loaders = loaders;
    this.server = server;
    this.wanted = wanted;
    this.wake = wake;
  }

  /** Does what is due for a replica; tells how far each wanted model is there, by full name. */
  Map<String, LoadState> advance(ReplicaView replica, ClaimRecord record) {
    Map<String, LoadState> states = new LinkedHashMap<>();
    for (var model : wanted) {
      states.put(
          ServedModel.tagged(model.name()),
          state(replica, record, ServedModel.tagged(model.name()), ModelSource.of(model)));
    }
    if (replica.held() != null) {
      record.sources().keySet().stream()
          .filter(model -> !states.containsKey(model))
          .forEach(model -> remove(replica, record, model));
    }
    return states;
  }

  /** Ends what was begun for models, sources or replicas that are no longer there. */
  void dropTheRest() {
    loads.forgetIf(key -> key.server().equals(server) && !cared.contains(key));
  }

  private LoadState state(
      ReplicaView replica, ClaimRecord record, String model, ModelSource source) {
    var key = new Loads.Key(server, replica.uid(), model, source.text());
    cared.add(key);
    var held = replica.held();
    var address = replica.address();
    if (held == null || address == null) {
      return new LoadState.Waiting("the replica does not answer yet");
    }
    var bytes = held.get(model);
    var brought = source instanceof ModelSource.VolumeFile ? broughtByJob(key) : loads.done(key);
    var recorded = record.sources().get(model);
    if (bytes != null && (brought || recorded == null || recorded.equals(source.text()))) {
      if (!source.text().equals(recorded)) {
        record.put(model, source.text());
      }
      loads.forget(key);
      return new LoadState.Held(bytes);
    }
    return source instanceof ModelSource.VolumeFile file
        ? byJob(key, file, address)
        : byLoad(key, source, address);
  }

  private boolean broughtByJob(Loads.Key key) {
    var job = jobs.of(key);
    return job != null && FileJobs.succeeded(job);
  }

  private LoadState byJob(Loads.Key key, ModelSource.VolumeFile file, String address) {
    var job = jobs.of(key);
    if (job == null) {
      if (jobs.busy() || loads.busy(key.pod())) {
        return new LoadState.Waiting("waits for another model");
      }
      jobs.begin(key, file, address);
      return new LoadState.Running("copying " + file.path());
    }
    if (FileJobs.failed(job)) {
      var said = FileJobs.said(job, loaders);
      return LoadState.Failed.of(
          key.model(),
          file,
          said == null ? "see kubectl describe job " + job.getMetadata().getName() : said);
    }
    if (FileJobs.succeeded(job)) {
      // it was there and was taken away: the next look finds no job and begins anew
      jobs.remove(job);
    }
    return new LoadState.Running("copying " + file.path());
  }

  private LoadState byLoad(Loads.Key key, ModelSource source, String address) {
    if (loads.done(key)) {
      loads.forget(key);
    }
    if (loads.due(key) && !loads.busy(key.pod())) {
      loads.begin(key, work(key, source, ReplicaView.api(http, address)), wake);
    }
    var failure = loads.failure(key);
    if (failure != null) {
      return LoadState.Failed.of(key.model(), source, failure);
    }
    var words = loads.running(key);
    return words == null
        ? new LoadState.Waiting("waits for another model")
        : new LoadState.Running(words);
  }

  private Loads.Work work(Loads.Key key, ModelSource source, OllamaApi api) {
    if (!(source instanceof ModelSource.Download download)) {
      return progress -> api.pull(key.model(), progress);
    }
    return progress -> {
      var file = new ModelDownload(http, download.url(), progress);
      var given = download.sha256();
      var sha256 = given == null ? file.sha256() : given;
      if (!api.has(sha256)) {
        api.upload(sha256, file::body);
      }
      api.create(key.model(), sha256, progress);
    };
  }

  private void remove(ReplicaView replica, ClaimRecord record, String model) {
    var key = new Loads.Key(server, replica.uid(), model, REMOVAL);
    cared.add(key);
    if (!Objects.requireNonNull(replica.held()).containsKey(model)) {
      record.put(model, null);
      loads.forget(key);
    } else if (loads.due(key)) {
      var api = ReplicaView.api(http, Objects.requireNonNull(replica.address()));
      loads.begin(key, progress -> api.delete(model), wake);
    }
  }
}
