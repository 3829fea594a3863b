/** Who calls: API keys, JSON Web Tokens, trusts. */
@NullMarked
package dev.tollgate.core.access;

import org.jspecify.annotations.NullMarked;
