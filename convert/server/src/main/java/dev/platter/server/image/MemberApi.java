package dev.platter.server.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.db.Session;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Call;
import dev.platter.server.http.Json;
import dev.platter.server.http.Router;
import dev.platter.server.identity.Caller;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;

/** Members: the projects with which an image is shared, and whether they have accepted. */
public final class MemberApi {
  private static final String MEMBERS = "/v2/images/{image_id}/members";
  private static final String MEMBER = MEMBERS + "/{member_id}";

  private final Images images;
  private final ImageLimits limits;

  public MemberApi(Images images, ImageLimits limits) {
    this.images = images;
    this.limits = limits;
  }

  public void addTo(Router router) {
    router
        .get(MEMBERS, this::list)
        .post(MEMBERS, this::add)
        .get(MEMBER, this::show)
        .put(MEMBER, this::update)
        .delete(MEMBER, this::delete);
  }

  private void list(Call call) throws IOException {
    images.policy().require("get_members", call.caller());
    Caller caller = call.caller();
    String id = call.variable("image_id");
    List<Members.Member> members =
        images
            .database()
            .transaction(session -> {
              Image image = shared(session, caller, id);
              return Members.list(session, id).stream()
                  .filter(m -> image.mayChange(caller) || caller.owns(m.member()))
                  .toList();
            });
    ObjectNode answer = Json.object();
    ArrayNode list = answer.putArray("members");
    members.forEach(member -> list.add(show(id, member)));
    answer.put("schema", "/v2/schemas/members");
    call.answer(200, answer);
  }

  private static Image shared(Session session, Caller caller, String id) throws SQLException {
    Image image = Images.visible(session, caller, id);
    if (!image.fields().visibility().equals(Visibility.SHARED)) {
      throw ApiException.forbidden("Only shared images have members.");
    }
    return image;
  }

  private static ObjectNode show(String imageId, Members.Member member) {
    ObjectNode node = Json.object();
    node.put("member_id", member.member());
    node.put("image_id", imageId);
    node.put("status", member.status());
    node.put("created_at", ImageView.time(member.createdAt()));
    node.put("updated_at", ImageView.time(member.updatedAt()));
    node.put("schema", "/v2/schemas/member");
    return node;
  }

  private void add(Call call) throws IOException {
    images.policy().require("add_member", call.caller());
    JsonNode member = call.jsonObject().path("member");
    if (!member.isTextual() || member.textValue().isBlank()) {
      throw ApiException.badRequest("Member can't be empty");
    }
    String name = member.textValue();
    if (name.length() > 255) {
      throw ApiException.badRequest("The name of a member has at most 255 characters");
    }
    String id = call.variable("image_id");
    Members.Member added =
        images
            .database()
            .transaction(session -> {
              Image image = Images.lockChangeable(session, call.caller(), id, "add_member");
              if (!image.fields().visibility().equals(Visibility.SHARED)) {
                throw ApiException.forbidden("Only shared images have members.");
              }
              if (Members.find(session, id, name).isPresent()) {
                throw ApiException.conflict(
                    "Member %s is duplicated for image %s".formatted(name, id));
              }
              limits.checkMembers(Members.list(session, id).size() + 1);
              Members.insert(session, id, name);
              return Members.find(session, id, name).orElseThrow();
            });
    call.answer(200, show(id, added));
  }

  private void show(Call call) throws IOException {
    images.policy().require("get_member", call.caller());
    call.answer(
        200,
        show(
            call.variable("image_id"),
            images.database().transaction(session -> find(session, call))));
  }

  private Members.Member find(Session session, Call call) throws SQLException {
    String id = call.variable("image_id");
    String name = call.variable("member_id");
    Image image = Images.visible(session, call.caller(), id);
    return Members.find(session, id, name)
        .filter(member -> image.mayChange(call.caller()) || call.caller().owns(member.member()))
        .orElseThrow(() ->
            ApiException.notFound(
                "%s not found in the member list of the image %s.".formatted(name, id)));
  }

  private void update(Call call) throws IOException {
    images.policy().require("modify_member", call.caller());
    JsonNode status = call.jsonObject().path("status");
    if (!status.isTextual()
        || !Set.of("pending", "accepted", "rejected").contains(status.textValue())) {
      throw ApiException.badRequest(
          "The status of a member is pending, accepted or rejected, not " + status);
    }
    String id = call.variable("image_id");
    Members.Member changed =
        images
            .database()
            .transaction(session -> {
              Members.Member member = find(session, call);
              if (!call.caller().isAdmin() && !call.caller().owns(member.member())) {
                throw ApiException.forbidden(
                    "You are not permitted to modify the status of this member.");
              }
              Members.setStatus(session, id, member.member(), status.textValue());
              return Members.find(session, id, member.member()).orElseThrow();
            });
    call.answer(200, show(id, changed));
  }

  private void delete(Call call) throws IOException {
    images.policy().require("delete_member", call.caller());
    String id = call.variable("image_id");
    images
        .database()
        .transaction(session -> {
          Image image = Images.lockChangeable(session, call.caller(), id, "delete_member");
          if (!image.fields().visibility().equals(Visibility.SHARED)) {
            throw ApiException.forbidden("Only shared images have members.");
          }
          if (!Members.delete(session, id, call.variable("member_id"))) {
            throw ApiException.notFound(
                "%s not found in the member list of the image %s."
                    .formatted(call.variable("member_id"), id));
          }
          return null;
        });
    call.answer(204);
  }
}
