package dev.tollgate.core.tenancy;

import dev.tollgate.core.store.PrivateFiles;
import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.manifest.FileError;
import dev.tollgate.crd.manifest.ManifestFile;
import dev.tollgate.crd.manifest.ManifestReader;
import dev.tollgate.crd.manifest.ManifestReader.Document;
import dev.tollgate.crd.manifest.ManifestReader.Parsed;
import dev.tollgate.crd.manifest.ManifestReader.Read;
import dev.tollgate.crd.manifest.ManifestWriter;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.tenant.Tenant;
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
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Resources from the YAML and JSON files of one directory, read again within half a second of a
 * change. A file with an error in it, or that cannot be read, is answered with one warning and
 * concerns no other file; its last good content goes on being served, but for tenants that it
 * suspends. What is served is kept in {@code lastGood}, with the time since when each resource is
 * there, so that a restart changes nothing in it. Secrets live in memory only.
 */
public final class DirectorySource implements ManifestSource, Secrets {

  private static final Logger LOG = LoggerFactory.getLogger(DirectorySource.class);
  private static final long SETTLE_MILLIS = 100;
  private static final long POLL_MILLIS = 500;
  private static final long CLOSE_MILLIS = 5000;
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);
  private static final Pattern STAMPED = Pattern.compile("[0-9-]{10}T[0-9:]{8}[.][0-9]{3}Z");

  private final Path directory;
  private final Path lastGood;
  private final Duration emptyStays;
  private final Map<String, Parsed> parsed = new HashMap<>();
  private final Map<String, Parsed> good = new HashMap<>();
  private final Map<String, String> saved = new HashMap<>();
  private final Map<String, Long> emptied = new HashMap<>();

  /** Of each resource, by {@code Kind/name}: since when it is there, and in which file. */
  private final Map<String, String> ages = new HashMap<>();

  private final Map<String, String> owners = new HashMap<>();
  private final Map<String, HasMetadata> served = new HashMap<>();
  private Map<String, ManifestFile> seen = Map.of();
  private List<String> passedOver = List.of();
  private volatile List<FileError> errors = List.of();
  private volatile @Nullable FileError unreadable;
  private volatile Map<String, Secret> secrets = Map.of();
  private volatile boolean synced;
  private @Nullable WatchService watch;
  private @Nullable Thread thread;

  /**
   * @param directory holds {@code *.yaml}, {@code *.yml} and {@code *.json}
   * @param lastGood where the last good resources of each file are kept
   * @param emptyStays how long the resources of a file stay that is there but empty
   */
  public DirectorySource(Path directory, Path lastGood, Duration emptyStays) {
    this.directory = directory;
    this.lastGood = lastGood;
    this.emptyStays = emptyStays;
  }

  @Override
  public void start(UnaryOperator<Manifests> sink) {
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
    for (var source : ManifestFile.in(lastGood).values()) {
      var read = ManifestReader.parse(ManifestFile.of(source.name(), source.text()));
      var documents =
          read.documents().stream().filter(d -> !(d.resource() instanceof Secret)).toList();
      for (var document : documents) {
        var created = document.resource().getMetadata().getCreationTimestamp();
        if (created != null && STAMPED.matcher(created).matches()) {
          ages.put(document.key(), created);
        }
        owners.put(document.key(), document.file());
        served.put(document.key(), document.resource());
      }
      good.put(source.name(), new Parsed(source, documents, List.of(), Set.of()));
      save(source.name(), documents.stream().map(Document::resource).toList());
    }
  }

  private void follow(WatchService service, UnaryOperator<Manifests> sink) {
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
          unreadable = null;
        }
      } catch (InterruptedException | ClosedWatchServiceException e) {
        return;
      } catch (IOException | RuntimeException e) {
        if (!failing.equals(e.toString())) {
          failing = e.toString();
          unreadable =
              new FileError(
                  directory.toString(),
                  0,
                  0,
                  "",
                  "the directory cannot be read, and what was served goes on: " + failing);
          LOG.warn("{} could not be read, what was served goes on: {}", directory, failing);
        }
      }
    }
  }

  private void reload(UnaryOperator<Manifests> sink) throws IOException {
    var now = ManifestFile.in(directory);
    var folders = ManifestFile.passedOver(directory);
    if (synced && now.equals(seen) && folders.equals(passedOver) && emptied.isEmpty()) {
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
    parsed.keySet().retainAll(now.keySet());
    emptied.keySet().retainAll(now.keySet());
    var read = ManifestReader.merge(files, this::rank);
    report(
        Stream.concat(folders.stream().map(DirectorySource::notRead), read.errors().stream())
            .toList());
    age(read.manifests());
    secrets = read.secrets();
    if (!synced) {
      serveAsBefore(read.manifests(), sink);
    }
    keep(read, sink.apply(read.manifests()));
    seen = now;
    passedOver = folders;
    synced = true;
  }

  private static FileError notRead(String folder) {
    return new FileError(
        folder,
        0,
        0,
        "",
        "manifests in a folder inside the watched one are not read; move them up into that one");
  }

  /** Of two documents with the same name, the one that is served comes first. */
  private int rank(Document document) {
    var before = served.get(document.key());
    var same =
        before != null && Objects.equals(LastGood.spec(before), LastGood.spec(document.resource()));
    return (document.file().equals(owners.get(document.key())) ? 0 : 2) + (same ? 0 : 1);
  }

  /** What files say has no age, so a resource has that of its first being seen. */
  private void age(Manifests manifests) {
    var stamp = stamp();
    Set<String> there = new HashSet<>();
    manifests
        .all()
        .forEach(resource -> {
          var key = LastGood.key(resource);
          there.add(key);
          resource.getMetadata().setCreationTimestamp(ages.computeIfAbsent(key, k -> stamp));
        });
    ages.keySet().retainAll(there);
  }

  /** Later than every stamp before, also when the clock was put back. */
  private String stamp() {
    var now = STAMP.format(Instant.now());
    var youngest = ages.values().stream().max(Comparator.naturalOrder()).orElse("");
    return now.compareTo(youngest) > 0 ? now : STAMP.format(Instant.parse(youngest).plusMillis(1));
  }

  /** Serves what is still there as it was before the restart: what is in the files comes later. */
  private void serveAsBefore(Manifests now, UnaryOperator<Manifests> sink) {
    List<HasMetadata> before = new ArrayList<>();
    var changed = false;
    for (var resource : now.all().toList()) {
      var known = served.get(LastGood.key(resource));
      if (known != null) {
        before.add(known);
      }
      changed |= known == null || !Objects.equals(LastGood.spec(known), LastGood.spec(resource));
    }
    if (changed && !before.isEmpty()) {
      var _ = sink.apply(Manifests.of(before));
    }
  }

  /** Keeps what is served of each file without errors, for a later error and the next start. */
  private void keep(Read read, Manifests serves) throws IOException {
    served.clear();
    serves.all().forEach(resource -> served.put(LastGood.key(resource), resource));
    owners.clear();
    Map<String, List<HasMetadata>> files = new TreeMap<>();
    good.keySet().forEach(file -> files.put(file, new ArrayList<>()));
    for (var document : read.documents()) {
      owners.put(document.key(), document.file());
      var form = served.get(document.key());
      var file = files.get(document.file());
      if (form != null && file != null) {
        file.add(form);
      }
    }
    for (var file : files.entrySet()) {
      save(file.getKey(), file.getValue());
    }
  }

  private Parsed parse(ManifestFile source) {
    var known = parsed.get(source.name());
    if (known != null && known.source().equals(source)) {
      return known;
    }
    var fresh = ManifestReader.parse(source);
    parsed.put(source.name(), fresh);
    return fresh;
  }

  /** The file as it is, or with the documents that it had when nothing was wrong in it. */
  private Parsed lastGoodOf(Parsed file) {
    var name = file.source().name();
    var before = good.get(name);
    if (!file.errors().isEmpty()) {
      emptied.remove(name);
      if (before == null) {
        return file;
      }
      var documents = before.documents().stream().map(d -> suspended(d, file.suspended())).toList();
      good.put(name, new Parsed(before.source(), documents, List.of(), Set.of()));
      return new Parsed(file.source(), documents, file.errors(), Set.of());
    }
    if (file.source().text().isBlank() && before != null && !before.documents().isEmpty()) {
      // an editor may be about to write it
      var since = emptied.computeIfAbsent(name, n -> System.nanoTime());
      if (System.nanoTime() - since < emptyStays.toNanos()) {
        return before;
      }
    }
    emptied.remove(name);
    good.put(name, file);
    return file;
  }

  /** The document, suspended where it is of one of these tenants: that waits for no correction. */
  private static Document suspended(Document document, Set<String> tenants) {
    if (!(document.resource() instanceof Tenant tenant)
        || !tenants.contains(tenant.getMetadata().getName())) {
      return document;
    }
    var suspended = new Tenant();
    suspended.setMetadata(tenant.getMetadata());
    suspended.setSpec(tenant.getSpec().suspend());
    suspended.setStatus(tenant.getStatus());
    return new Document(document.file(), document.number(), document.line(), suspended);
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
    var first = unreadable;
    return first == null ? errors : Stream.concat(Stream.of(first), errors.stream()).toList();
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
    if (thread != null) {
      try {
        thread.join(CLOSE_MILLIS); // what it writes is written to its end
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
