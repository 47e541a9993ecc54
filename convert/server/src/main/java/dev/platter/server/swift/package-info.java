/** Images in the containers of a Swift cluster. */
package dev.platter.server.swift;
