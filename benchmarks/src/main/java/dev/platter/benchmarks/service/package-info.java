/**
 * The race of the image service with OpenStack's own, which {@code benchmarks/service} runs, and
 * what several nodes do and how long lists take, which {@code benchmarks/nodes} measures.
 */
package dev.platter.benchmarks.service;
