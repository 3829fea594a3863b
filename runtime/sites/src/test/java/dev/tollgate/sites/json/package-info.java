/** What the JSON tool promises over HTTP, through a real server. */
@NullMarked
package dev.tollgate.sites.json;

import org.jspecify.annotations.NullMarked;
