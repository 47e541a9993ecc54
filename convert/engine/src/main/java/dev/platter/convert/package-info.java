/**
 * The one mover of bytes. A plan cuts the source into segments; workers claim them, read, look for
 * zeros and compress at the same time; places in the target are handed out in guest order, so that
 * the number of workers never shows in the result; then the workers write. Knows no format.
 */
package dev.platter.convert;
