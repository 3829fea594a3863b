/** The work of one replica at a time: what is done each minute and each hour. One thread. */
@NullMarked
package dev.tollgate.billing.work;

import org.jspecify.annotations.NullMarked;
