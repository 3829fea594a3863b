/**
 * The way of a call to a language model: {@code ModelEndpoint} is the way in, {@code ModelRoutes}
 * knows who serves a model, {@code ModelExchange} asks backends until one answers, and {@code
 * AnswerStream} hands its events on. Everything runs on event loops and nothing here blocks; one
 * call belongs to the loop of its client's connection.
 */
@NullMarked
package dev.tollgate.ai.route;

import org.jspecify.annotations.NullMarked;
