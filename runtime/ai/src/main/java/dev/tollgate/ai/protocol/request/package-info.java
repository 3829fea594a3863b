/**
 * Requests that are written for a backend of another dialect: one reader and one writer for each
 * dialect, which meet in {@link dev.tollgate.ai.protocol.request.ChatRequest}. What the backend's
 * dialect cannot say is refused by the name of its member. Everything is immutable or belongs to
 * one call.
 */
@NullMarked
package dev.tollgate.ai.protocol.request;

import org.jspecify.annotations.NullMarked;
