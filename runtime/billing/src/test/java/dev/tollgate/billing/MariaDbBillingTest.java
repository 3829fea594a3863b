package dev.tollgate.billing;

import ch.vorburger.exec.ManagedProcessException;
import dev.tollgate.core.store.Databases;
import dev.tollgate.core.store.Databases.Address;
import dev.tollgate.core.store.MariaDbServer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The scenarios of billing on a real MariaDB; what is not here runs on H2 alone. */
class MariaDbBillingTest {

  @TempDir static Path server;
  private static MariaDbServer mariadb;

  @BeforeAll
  static void startDatabase() throws Exception {
    mariadb = new MariaDbServer(server);
  }

  @AfterAll
  static void stopDatabase() throws ManagedProcessException {
    mariadb.close();
  }

  private static Databases empty() throws Exception {
    mariadb.sql("DROP DATABASE IF EXISTS billing", "CREATE DATABASE billing");
    var url = "jdbc:mariadb://127.0.0.1:" + mariadb.port() + "/billing";
    return new Databases(name -> new Address(url, "admin", "admin"));
  }

  @Nested
  class OnPlansAndTenants extends PlansAndTenantsTest {
    @Override
    Databases databases(Path directory) throws Exception {
      return empty();
    }
  }

  @Nested
  class OnUsageReporting extends UsageReportingTest {
    @Override
    Databases databases(Path directory) throws Exception {
      return empty();
    }
  }

  @Nested
  class OnLateUsage extends LateUsageTest {
    @Override
    Databases databases(Path directory) throws Exception {
      return empty();
    }
  }

  @Nested
  class OnThresholds extends ThresholdsTest {
    @Override
    Databases databases(Path directory) throws Exception {
      return empty();
    }
  }

  @Nested
  class OnPlanChanges extends PlanChangesTest {
    @Override
    Databases databases(Path directory) throws Exception {
      return empty();
    }
  }

  @Nested
  class OnFreePlansAndTrials extends FreePlansAndTrialsTest {
    @Override
    Databases databases(Path directory) throws Exception {
      return empty();
    }
  }

  @Nested
  class OnDunning extends DunningTest {
    @Override
    Databases databases(Path directory) throws Exception {
      return empty();
    }
  }

  @Nested
  class OnBillingAlerts extends BillingAlertsTest {
    @Override
    Databases databases(Path directory) throws Exception {
      return empty();
    }
  }

  @Nested
  class OnRefundsAndDisputes extends RefundsAndDisputesTest {
    @Override
    Databases databases(Path directory) throws Exception {
      return empty();
    }
  }

  @Nested
  class OnCredits extends CreditsTest {
    @Override
    Databases databases(Path directory) throws Exception {
      return empty();
    }
  }

  @Nested
  class OnCheckout extends CheckoutTest {
    @Override
    Databases databases(Path directory) throws Exception {
      return empty();
    }
  }
}
