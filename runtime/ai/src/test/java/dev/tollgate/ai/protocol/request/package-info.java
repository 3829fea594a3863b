@NullMarked
package dev.tollgate.ai.protocol.request;

import org.jspecify.annotations.NullMarked;
