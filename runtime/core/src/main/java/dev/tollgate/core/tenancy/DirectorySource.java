package dev.tollgate.core.tenancy;

import dev.tollgate.core.store.PrivateFiles;
import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.resolve.FileError;
import dev.tollgate.crd.resolve.ManifestReader;
import dev.tollgate.crd.resolve.ManifestReader.Document;
import dev.tollgate.crd.resolve.ManifestReader.Parsed;
import dev.tollgate.crd.resolve.ManifestReader.Source;
import dev.tollgate.crd.resolve.ManifestWriter;
import dev.tollgate.crd.resolve.Manifests;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Resources from the YAML files of one directory, read again within half a second of a change. A
 * file with an error in it, or that cannot be read, is answered with one warning and concerns no
 * other file; its last good content goes on being served. Its resources are kept in {@code
 * lastGood}, so that a restart does not lose them either. Secrets live in memory only.
 */
public final class DirectorySource implements ManifestSource, Secrets {

  private static final Logger LOG = LoggerFactory.getLogger(DirectorySource.class);
  private static final long SETTLE_MILLIS = 100;
  private static final long POLL_MILLIS = 500;

  private final Path directory;
  private final Path lastGood;
  private final Map<String, Parsed> parsed = new HashMap<>();
  private final Map<String, Parsed> good = new HashMap<>();
  private final Map<String, String> saved = new HashMap<>();
  private Map<String, Source> seen = Map.of();
  private volatile List<FileError> errors = List.of();
  private volatile Map<String, Secret> secrets = Map.of();
  private volatile boolean synced;
  private @Nullable WatchService watch;
  private @Nullable Thread thread;

  /**
   * @param directory holds {@code *.yaml} and {@code *.yml}
   * @param lastGood where the last good resources of each file are kept
   */
  public DirectorySource(Path directory, Path lastGood) {
    this.directory = directory;
    this.lastGood = lastGood;
  }

  @Override
  public void start(Consumer<Manifests> sink) {
    try {
      restore();
      var service = FileSystems.getDefault().newWatchService();
      directory.register(
          service,
          StandardWatchEventKinds.ENTRY_CREATE,
          StandardWatchEventKinds.ENTRY_MODIFY,
          StandardWatchEventKinds.ENTRY_DELETE);
      watch = service;
      reload(sink);
      thread = Thread.ofPlatform().daemon().name("manifests").start(() -> follow(service, sink));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot watch " + directory, e);
    }
  }

  private void restore() throws IOException {
    PrivateFiles.directory(lastGood);
    for (var source : ManifestReader.sources(lastGood).values()) {
      var read = ManifestReader.parse(Source.of(source.name(), source.text()));
      var documents =
          read.documents().stream().filter(d -> !(d.resource() instanceof Secret)).toList();
      remember(source.name(), new Parsed(source, documents, List.of()));
    }
  }

  private void follow(WatchService service, Consumer<Manifests> sink) {
    var failing = "";
    while (!Thread.currentThread().isInterrupted()) {
      try {
        // the poll finds what a watch can miss: files behind symbolic links, network volumes
        var key = service.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
        if (key != null) {
          Thread.sleep(SETTLE_MILLIS);
          var _ = key.pollEvents();
          key.reset();
        }
        reload(sink);
        if (!failing.isEmpty()) {
          LOG.info("{} is read again", directory);
          failing = "";
        }
      } catch (InterruptedException | ClosedWatchServiceException e) {
        return;
      } catch (IOException | RuntimeException e) {
        if (!failing.equals(e.toString())) {
          failing = e.toString();
          LOG.warn("{} could not be read, what was served goes on: {}", directory, failing);
        }
      }
    }
  }

  private void reload(Consumer<Manifests> sink) throws IOException {
    var now = ManifestReader.sources(directory);
    if (synced && now.equals(seen)) {
      return;
    }
    List<Parsed> files = new ArrayList<>();
    for (var source : now.values()) {
      files.add(lastGoodOf(parse(source)));
    }
    for (var gone : Set.copyOf(good.keySet())) {
      if (!now.containsKey(gone)) {
        good.remove(gone);
        saved.remove(gone);
        Files.deleteIfExists(lastGood.resolve(gone));
      }
    }
    var read = ManifestReader.merge(files);
    report(read.errors());
    parsed.keySet().retainAll(now.keySet());
    secrets = read.secrets();
    sink.accept(read.manifests());
    seen = now;
    synced = true;
  }

  private Parsed parse(Source source) {
    var known = parsed.get(source.name());
    if (known != null && known.source().equals(source)) {
      return known;
    }
    var fresh = ManifestReader.parse(source);
    parsed.put(source.name(), fresh);
    return fresh;
  }

  /** The file as it is, or with the documents that it had when nothing was wrong in it. */
  private Parsed lastGoodOf(Parsed file) throws IOException {
    var name = file.source().name();
    if (file.errors().isEmpty()) {
      remember(name, file);
      return file;
    }
    var before = good.get(name);
    return before == null ? file : new Parsed(file.source(), before.documents(), file.errors());
  }

  private void remember(String file, Parsed now) throws IOException {
    good.put(file, now);
    save(file, now.documents().stream().map(Document::resource).toList());
  }

  /** Keeps these resources as the last good ones of a file, without Secrets. */
  private void save(String file, List<HasMetadata> resources) throws IOException {
    var content =
        ManifestWriter.write(resources.stream().filter(r -> !(r instanceof Secret)).toList());
    if (!content.equals(saved.put(file, content))) {
      var temporary = lastGood.resolve(file + ".tmp");
      PrivateFiles.write(temporary, content);
      Files.move(
          temporary,
          lastGood.resolve(file),
          StandardCopyOption.REPLACE_EXISTING,
          StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** Each sentence once, until it is no longer so. */
  private void report(List<FileError> now) {
    for (var error : now) {
      if (!errors.contains(error)) {
        LOG.warn("{}", error);
      }
    }
    errors = now;
  }

  @Override
  public List<FileError> errors() {
    return errors;
  }

  @Override
  public Optional<byte[]> read(SecretRef ref, String use) {
    return SecretValues.of(secrets.get(ref.name()), ref.key(), use);
  }

  /** Whether there is a Secret of this name. */
  boolean secret(String name) {
    return secrets.containsKey(name);
  }

  @Override
  public boolean synced() {
    return synced;
  }

  @Override
  public void close() {
    if (thread != null) {
      thread.interrupt();
    }
    try {
      if (watch != null) {
        watch.close();
      }
    } catch (IOException e) {
      LOG.debug("closing the watch of {}", directory, e);
    }
  }
}
