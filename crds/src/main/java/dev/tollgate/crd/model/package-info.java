/** Language models: routes that sell them, and servers that run them. */
@NullMarked
package dev.tollgate.crd.model;

import org.jspecify.annotations.NullMarked;
