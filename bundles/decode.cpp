#include "bundles/body_reader.h"
#include "bundles/chain.h"
#include "bundles/refusal.h"

namespace tidemark {
Result<BundleView> view_bundle(ByteView canonical) {
  if (canonical.size() > max_bundle_bytes) return layout::too_large(canonical.size());
  Reader whole(canonical);
  const auto header = layout::read_header(whole);
  if (!header) return header.error();
  if (header->version != bundle_version) {
    return Error{"unsupported_version",
                 "version",
                 std::to_string(header->version),
                 std::to_string(bundle_version),
                 "A newer program wrote this bundle; update this one.",
                 Retry::after_fix};
  }
  if (header->suite != suite_plain) {
    return Error{"unsupported_suite",
                 "suite",
                 std::to_string(header->suite),
                 std::to_string(suite_plain),
                 "A newer program signed or encrypted this bundle; update this one.",
                 Retry::after_fix};
  }
  if (whole.left() < trailer_size) return layout::truncated("trailer", std::to_string(trailer_size) + " bytes");
  const ByteView body = canonical.first(canonical.size() - trailer_size);
  Reader reader(body.subspan(canonical.size() - whole.left()));
  return layout::BodyReader(reader, *header).read();
}

Result<Bundle> decode_bundle(ByteView canonical) {
  const auto view = view_bundle(canonical);
  if (!view) return view.error();
  Bundle bundle{view->node(), view->n(), {}};
  bundle.changes.reserve(view->changes().size());
  for (const ChangeView& change : view->changes()) bundle.changes.push_back(to_change(change));
  return bundle;
}

}  // namespace tidemark
