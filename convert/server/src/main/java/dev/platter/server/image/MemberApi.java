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
    Caller caller = call.caller();
    String id = call.variable("image_id");
    List<Members.Member> members =
        images
            .database()
            .read(session -> {
              Image image = shared(session, caller, id);
              images.require("get_members", caller, image);
              return Members.list(session, id).stream()
                  .filter(m -> image.belongsTo(caller) || caller.owns(m.member()))
                  .filter(m -> images.allows("get_member", caller, image))
                  .toList();
            });
    ObjectNode answer = Json.object();
    ArrayNode list = answer.putArray("members");
    members.forEach(member -> list.add(show(id, member)));
    answer.put("schema", "/v2/schemas/members");
    call.answer(200, answer);
  }

  private Image shared(Session session, Caller caller, String id) throws SQLException {
    Image image = Images.visible(session, caller, id);
    checkShared(image);
    images.require("get_image", caller, image);
    return image;
  }

  private static void checkShared(Image image) {
    if (!image.fields().visibility().equals(Visibility.SHARED)) {
      throw ApiException.forbidden("Only shared images have members.");
    }
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
              Image image = Images.lockFound(session, call.caller(), id);
              checkShared(image);
              images.require("get_image", call.caller(), image);
              images.require("add_member", call.caller(), image);
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
    Members.Member member;
    try {
      member = images.database().read(session -> find(session, call, "get_member"));
    } catch (ApiException e) {
      // Whether there are members is nobody's business who may not see them.
      throw e.status() == 403 ? ApiException.notFound(e.getMessage()) : e;
    }
    call.answer(200, show(call.variable("image_id"), member));
  }

  /** The member if the caller may see it, and do with it what the rule is about. */
  private Members.Member find(Session session, Call call, String rule) throws SQLException {
    Caller caller = call.caller();
    String id = call.variable("image_id");
    String name = call.variable("member_id");
    Image image = shared(session, caller, id);
    images.require("get_member", caller, image);
    Members.Member member =
        Members.find(session, id, name)
            .filter(found -> image.belongsTo(caller) || caller.owns(found.member()))
            .orElseThrow(() -> noMember(id, name));
    images.require(rule, caller, image);
    return member;
  }

  private static ApiException noMember(String id, String name) {
    return ApiException.notFound(
        "%s not found in the member list of the image %s.".formatted(name, id));
  }

  private void update(Call call) throws IOException {
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
              Members.Member member = find(session, call, "modify_member");
              Members.setStatus(session, id, member.member(), status.textValue());
              return Members.find(session, id, member.member()).orElseThrow();
            });
    call.answer(200, show(id, changed));
  }

  private void delete(Call call) throws IOException {
    String id = call.variable("image_id");
    images
        .database()
        .transaction(session -> {
          Members.Member member = find(session, call, "delete_member");
          if (!Members.delete(session, id, member.member())) {
            throw noMember(id, member.member());
          }
          return null;
        });
    call.answer(204);
  }
}
