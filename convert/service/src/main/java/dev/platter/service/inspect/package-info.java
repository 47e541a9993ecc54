/**
 * What an image is and whether it can be trusted, told from its bytes as they pass by: {@link
 * dev.platter.service.inspect.ImageInspector}.
 *
 * <p>The judgement is that of OpenStack's format inspector (oslo.utils, {@code
 * imageutils.format_inspector}), and stricter where noted there.
 */
package dev.platter.service.inspect;
