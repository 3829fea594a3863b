package dev.tollgate.app.wiring;

import dev.tollgate.core.events.Outbox;
import dev.tollgate.core.events.OutboxAlerts;
import dev.tollgate.core.events.PublicAddresses;
import dev.tollgate.core.events.WebhookDelivery;
import dev.tollgate.core.metering.QuotaTracker;
import dev.tollgate.core.store.Databases;
import dev.tollgate.core.tenancy.LiveServing;
import dev.tollgate.core.tenancy.Secrets;
import io.micronaut.context.BeanContext;
import io.micronaut.context.BeanProvider;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Property;
import io.micronaut.http.client.HttpClient;
import io.micronaut.http.client.LoadBalancer;
import io.micronaut.http.client.RawHttpClient;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.DefaultAddressResolverGroup;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.net.InetSocketAddress;
import java.time.InstantSource;

/** What tells tenants of events. */
@Factory
final class Webhooks {

  private static final String ADDRESSES = "webhooks";

  /**
   * Where webhooks may lead.
   *
   * @param any also to addresses that are not public: for development alone, since whoever may
   *     write a Tenant could then call what only this machine reaches
   */
  @Singleton
  @Named(ADDRESSES)
  AddressResolverGroup<InetSocketAddress> addresses(
      @Property(name = "tollgate.webhooks.any-address", defaultValue = "false") boolean any) {
    return any ? DefaultAddressResolverGroup.INSTANCE : new PublicAddresses();
  }

  @Singleton
  Outbox outbox(Databases databases) {
    return new Outbox(databases);
  }

  @Singleton
  QuotaTracker.Alerts alerts(Outbox outbox) {
    return new OutboxAlerts(outbox, InstantSource.system());
  }

  /** {@link RuntimeFactory.Life} starts and ends it. */
  @Singleton
  WebhookDelivery delivery(
      Outbox outbox,
      LiveServing serving,
      Secrets secrets,
      @Named(ADDRESSES) BeanProvider<RawHttpClient> client) {
    return new WebhookDelivery(
        outbox, serving, secrets, new WebhookCalls(client), InstantSource.system());
  }

  /** Made for the first webhook: few have any when they start. */
  @Singleton
  @Bean(preDestroy = "close")
  @Named(ADDRESSES)
  RawHttpClient client(BeanContext context) {
    return (RawHttpClient)
        context.createBean(
            HttpClient.class, LoadBalancer.empty(), WebhookCalls.configuration(ADDRESSES));
  }
}
