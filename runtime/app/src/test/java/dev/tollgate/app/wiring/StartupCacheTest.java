package dev.tollgate.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StartupCacheTest {

  @Test
  void onlyCleanPagesOfTheCacheAreGivenBack() {
    var smaps =
        """
        7f00000000-7f00400000 rw-p 00000000 00:00 0
        Size:               4096 kB
        Anonymous:          4096 kB
        800001000-803295000 rw-p 00001000 fe:00 5309420        /app/tollgate.aot
        Size:              52816 kB
        Anonymous:         52816 kB
        803295000-806c2f000 r--p 03295000 fe:00 5309420        /app/tollgate.aot
        Size:              58984 kB
        Rss:               58984 kB
        Anonymous:             0 kB
        VmFlags: rd mr mw me
        900000000-900400000 r--p 00000000 fe:00 5309421        /app/moved.aot
        Size:               4096 kB
        Anonymous:            40 kB
        7fe0000000-7fe0706000 r--p 00000000 fe:00 1234         /opt/jdk/lib/server/libjvm.so
        Size:               7192 kB
        Anonymous:             0 kB
        """
            .lines()
            .toList();
    assertThat(StartupCache.clean(smaps))
        .containsExactly(new StartupCache.Mapping(0x803295000L, 58984L * 1024));
  }

  @Test
  void withoutACacheNothingHappens() {
    new StartupCache().release(); // the tests run without one
  }
}
