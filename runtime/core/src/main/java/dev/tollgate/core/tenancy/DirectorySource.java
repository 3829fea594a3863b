package dev.tollgate.core.tenancy;

import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.resolve.ManifestReader;
import dev.tollgate.crd.resolve.Manifests;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Resources from the YAML files of one directory, read again within half a second of a change. A
 * file with an error in it is answered with a warning, and its last good content goes on being
 * served; a copy of that is kept in {@code lastGood}, so that a restart does not lose it either.
 * Secrets live in memory only.
 */
public final class DirectorySource implements ManifestSource, Secrets {

  private static final Logger LOG = LoggerFactory.getLogger(DirectorySource.class);
  private static final long SETTLE_MILLIS = 100;
  private static final long POLL_MILLIS = 500;
  private static final long MAX_FILE_BYTES = 64L << 20;

  private final Path directory;
  private final Path lastGood;
  private final Map<String, String> good = new HashMap<>();
  private Map<String, String> read = Map.of();
  private Set<String> reported = Set.of();
  private volatile Map<String, Secret> secrets = Map.of();
  private volatile boolean synced;
  private @Nullable WatchService watch;
  private @Nullable Thread thread;

  /**
   * @param directory holds {@code *.yaml} and {@code *.yml}
   * @param lastGood where the last good content of each file is kept
   */
  public DirectorySource(Path directory, Path lastGood) {
    this.directory = directory;
    this.lastGood = lastGood;
  }

  @Override
  public void start(Consumer<Manifests> sink) {
    try {
      Files.createDirectories(lastGood);
      for (var entry : contents(lastGood).entrySet()) {
        good.put(entry.getKey(), entry.getValue());
      }
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

  private void follow(WatchService service, Consumer<Manifests> sink) {
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
      } catch (InterruptedException | ClosedWatchServiceException e) {
        return;
      } catch (IOException | RuntimeException e) {
        LOG.warn("{} could not be read, what was served goes on: {}", directory, e.toString());
      }
    }
  }

  private void reload(Consumer<Manifests> sink) throws IOException {
    var now = contents(directory);
    if (synced && now.equals(read)) {
      return;
    }
    read = now;
    var result = ManifestReader.read(now);
    Set<String> wrong = new LinkedHashSet<>();
    Set<String> lines = new LinkedHashSet<>();
    for (var error : result.errors()) {
      wrong.add(error.file());
      lines.add(error.toString());
    }
    for (var line : lines) {
      if (!reported.contains(line)) {
        LOG.warn("{}", line);
      }
    }
    reported = lines;
    var serve = new TreeMap<>(now);
    for (var file : wrong) {
      var before = good.get(file);
      if (before != null) {
        serve.put(file, before);
      }
    }
    if (!wrong.isEmpty()) {
      result = ManifestReader.read(serve);
    }
    for (var entry : now.entrySet()) {
      if (!wrong.contains(entry.getKey())) {
        remember(entry.getKey(), entry.getValue());
      }
    }
    for (var gone : Set.copyOf(good.keySet())) {
      if (!now.containsKey(gone)) {
        good.remove(gone);
        Files.deleteIfExists(lastGood.resolve(gone));
      }
    }
    secrets = result.secrets();
    sink.accept(result.manifests());
    synced = true;
  }

  private void remember(String file, String content) throws IOException {
    if (!content.equals(good.put(file, content)) && !content.contains("kind: Secret")) {
      var temporary = lastGood.resolve(file + ".tmp");
      Files.writeString(temporary, content);
      Files.move(
          temporary,
          lastGood.resolve(file),
          java.nio.file.StandardCopyOption.REPLACE_EXISTING,
          java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private static Map<String, String> contents(Path directory) throws IOException {
    var found = new TreeMap<String, String>();
    try (var files = Files.list(directory)) {
      for (var file : (Iterable<Path>) files::iterator) {
        var name = file.getFileName().toString();
        if ((name.endsWith(".yaml") || name.endsWith(".yml")) && !name.startsWith(".")) {
          try {
            if (Files.size(file) > MAX_FILE_BYTES) {
              throw new IOException(file + " is larger than " + MAX_FILE_BYTES + " bytes");
            }
            found.put(name, new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
          } catch (NoSuchFileException e) {
            LOG.debug("{} went away while the directory was read", file);
          }
        }
      }
    }
    return found;
  }

  @Override
  public Optional<byte[]> read(SecretRef ref, String use) {
    return SecretValues.of(secrets.get(ref.name()), ref.key(), use);
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
