package dev.tollgate.core.tenancy;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import org.jspecify.annotations.Nullable;

/**
 * An informer's store that drops what nobody here reads and what is often the larger part: who
 * manages which field, and the copy that {@code kubectl apply} keeps. Any thread.
 */
public class StrippedStore<T extends HasMetadata> extends BasicItemStore<T> {

  public StrippedStore() {
    super(Cache::metaNamespaceKeyFunc);
  }

  /** What is kept of an item after that; here all of it. */
  protected T kept(T item) {
    return item;
  }

  @Override
  public final @Nullable T put(String key, T item) {
    // from the item itself: many wait for the handlers to be told of them, as they came
    var meta = item.getMetadata();
    meta.setManagedFields(null);
    if (meta.getAnnotations() != null) {
      meta.getAnnotations().remove("kubectl.kubernetes.io/last-applied-configuration");
    }
    return super.put(key, kept(item));
  }
}
