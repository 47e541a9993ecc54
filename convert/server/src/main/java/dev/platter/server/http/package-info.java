/** Requests and answers: routes, JSON, errors, streams. Knows nothing of images. */
package dev.platter.server.http;
