/** Language models as a product: routes to models, prompts, experiments. */
@NullMarked
package dev.tollgate.ai;

import org.jspecify.annotations.NullMarked;
