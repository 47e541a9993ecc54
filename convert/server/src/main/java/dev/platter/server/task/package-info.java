/** Tasks: work that outlives the request that began it. */
package dev.platter.server.task;
