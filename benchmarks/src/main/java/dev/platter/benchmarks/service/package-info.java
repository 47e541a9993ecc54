/** The race of the image service with OpenStack's own: {@code benchmarks/service} runs it. */
package dev.platter.benchmarks.service;
