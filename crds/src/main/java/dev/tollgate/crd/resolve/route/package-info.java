/** Routes of APIs and of models, resolved, with what they lead to: backends and model servers. */
@NullMarked
package dev.tollgate.crd.resolve.route;

import org.jspecify.annotations.NullMarked;
