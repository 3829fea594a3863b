/**
 * Who may pass, and what it uses: {@code Gate} decides, and {@code Admission} is held by all who
 * work on a request, until it ends and is settled, counted, traced and logged. Every product passes
 * here, models, too. Event loops and the timer of {@code Running}; nothing blocks.
 */
@NullMarked
package dev.tollgate.gateway.admission;

import org.jspecify.annotations.NullMarked;
