package dev.tollgate.core.tenancy;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.std.StringDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Clients of the cluster that keep texts once that come again and again: what ten thousand tenants
 * say, and what is said of them, is mostly the same.
 */
public final class ClusterClients {

  private ClusterClients() {}

  /** Of a client of the cluster that the environment names, unless it is told of another. */
  public static KubernetesClientBuilder builder() {
    var mapper = new ObjectMapper();
    mapper.registerModule(new SimpleModule().addDeserializer(String.class, new Once()));
    return new KubernetesClientBuilder()
        .withKubernetesSerialization(new KubernetesSerialization(mapper, true));
  }

  /** Gives the same text out for the same text, unless too many others came between. Any thread. */
  static final class Once extends StringDeserializer {
    private static final long serialVersionUID = 1;
    private static final int LONGEST = 128;
    private static final int SLOTS = 1 << 14;

    private final transient String[] kept = new String[SLOTS];

    @Override
    public @Nullable String deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      var text = super.deserialize(parser, context);
      if (text == null || text.length() > LONGEST) {
        return text;
      }
      var hash = text.hashCode();
      // strings are safe to share unsynchronized: a thread sees an earlier one at worst
      var slot = (hash ^ hash >>> 16) & SLOTS - 1;
      var before = kept[slot];
      if (text.equals(before)) {
        return before;
      }
      kept[slot] = text;
      return text;
    }
  }
}
