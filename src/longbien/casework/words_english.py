"""The English words of casework: one short sentence or name for every code that an officer meets.

Families are told apart by their first word: ``state.asked``, ``kind.preservation``.  Warnings
and findings stand under their own code.  Labels of fields and texts of grounds are the treaty
data's own and are joined in ``words``.  A new code gets its words here in the same change, or in
a dictionary of its own module that ``words`` joins (a test compares).
"""

# ruff: noqa: E501 - a sentence stays in one piece, as its reader sees it

from typing import Final

KINDS: Final = {
    "kind.preservation": "Expedited preservation of stored electronic data",
    "kind.preservation_extension": "Extension of a preservation",
    "kind.location_enquiry": "Where the data or their provider are",
    "kind.traffic_data_partial_disclosure": "Expedited disclosure of preserved traffic data",
    "kind.contact_point_assistance": "Advice, information and location by the contact point",
    "kind.emergency_data": "Electronic data in an emergency",
    "kind.mla_general": "Mutual legal assistance",
    "kind.mla_stored_data": "Stored electronic data",
    "kind.mla_traffic_realtime": "Traffic data in real time",
    "kind.mla_content_interception": "Interception of content data",
    "kind.video_hearing": "Hearing by video",
    "kind.transfer_of_detained_person": "Transfer of a detained person to testify",
    "kind.spontaneous_information": "Information without a request",
    "kind.confiscation_obtain_order": "Confiscation: an order to be obtained there",
    "kind.confiscation_enforce_order": "Confiscation: a foreign order to be enforced",
    "kind.asset_trace_freeze_seize": "Tracing, freezing or seizure of assets",
    "kind.asset_return": "Return of assets",
    "kind.extradition": "Extradition",
    "kind.provisional_arrest": "Provisional arrest before extradition",
    "kind.transfer_of_proceedings": "Transfer of criminal proceedings",
    "kind.joint_investigation": "Joint investigation",
    "kind.police_information": "Cooperation between police services",
    "kind.supplementary_information": "Supplementary information",
    "kind.use_consent": "Consent to further use",
    "kind.onward_transfer_authorization": "Authorisation to pass data on",
    "kind.decision": "Decision on a request",
    "kind.drill": "Drill between contact points",
    "kind.subscriber_information": "Subscriber information",
    "kind.service_of_documents": "Service of judicial documents",
    "kind.search_seizure": "Search, seizure and freezing",
    "kind.objects_sites": "Examination of objects and sites",
    "kind.records": "Documents and records",
    "kind.voluntary_appearance": "Voluntary appearance of a person",
    "kind.transfer_of_sentenced_person": "Transfer of a sentenced person",
    "kind.jurisdiction_coordination": "Coordination of jurisdiction",
    "kind.warning_before_preserving": "Warning before preserving",
    "kind.no_longer_needed": "Assistance no longer needed",
    "kind.status_question": "Question on the progress",
    "kind.safe_conduct": "Safe conduct",
    "kind.costs": "Consultation on costs",
    "kind.hearing_before_lifting": "Hearing before a measure is lifted",
}

SIDES: Final = {
    "side.requesting": "requesting State",
    "side.requested": "requested State",
}

STATES: Final = {
    "state.drafted": "drafted: a second officer has yet to approve it",
    "state.discarded": "discarded: it was never sent",
    "state.undelivered": "not delivered: the other State's node did not take it",
    "state.asked": "asked: nobody has answered yet",
    "state.under-review": "under review",
    "state.returned-for-information": "returned: the requested State waits for information",
    "state.consulting": "in consultation",
    "state.conditions-proposed": "conditions proposed: the requesting State decides on them",
    "state.postponed": "postponed",
    "state.preserving": "the data are preserved",
    "state.ended": "ended",
    "state.executing": "being carried out",
    "state.executed": "carried out",
    "state.refused": "refused",
    "state.withdrawn": "withdrawn",
    "state.given": "given",
    "state.noted": "noted",
    "state.called": "called: a person must answer",
    "state.answered": "answered",
}

TRACKS: Final = {
    "track.silent": "has said nothing yet",
    "track.asking": "asks",
    "track.withdrawn": "has withdrawn",
    "track.acknowledged": "has taken it up",
    "track.consulting": "consults",
    "track.postponed": "has postponed",
    "track.preserving": "preserves",
    "track.ended": "has ended it",
    "track.executing": "carries it out",
    "track.executed": "has carried it out",
    "track.refused": "has refused",
    "track.given": "has given it",
    "track.called": "has called",
    "track.answered": "has answered",
}

STEPS: Final = {
    "step.request": "Request",
    "step.amendment": "Amendment of the request",
    "step.withdrawal": "Withdrawal",
    "step.acknowledgement": "Acknowledgement by an officer",
    "step.question": "Question",
    "step.answer": "Answer to a question",
    "step.consultation": "Consultation",
    "step.warning": "Warning before preserving",
    "step.acceptance": "Acceptance",
    "step.agreement": "Agreement to the conditions",
    "step.decline": "Conditions declined",
    "step.postponement": "Postponement",
    "step.refusal": "Refusal",
    "step.extension-request": "Request for an extension",
    "step.extension-refusal": "Extension refused",
    "step.preservation-confirmed": "Preservation confirmed",
    "step.preservation-extended": "Preservation extended",
    "step.preservation-ended": "Preservation ended",
    "step.partial-disclosure": "Disclosure of traffic data",
    "step.evidence-announced": "Evidence announced",
    "step.evidence-delivered": "Evidence delivered",
    "step.evidence-verified": "Evidence verified by the receiver",
    "step.further-use-request": "Request for further use",
    "step.further-use-consent": "Decision on further use",
    "step.exculpatory-use": "Notice of use for the defence",
    "step.destruction-certified": "Destruction certified",
    "step.status": "Status",
    "step.execution": "Carried out",
    "step.emergency-confirmed": "Emergency confirmed by a second officer",
    "step.spontaneous-information": "Information without a request",
    "step.drill": "Drill called",
    "step.drill-answer": "Drill answered",
}

DUTIES: Final = {
    "duty.duty-officer": "duty officer",
    "duty.case-officer": "case officer",
    "duty.authoriser": "authoriser",
    "duty.evidence-custodian": "evidence custodian",
    "duty.auditor": "auditor",
    "duty.administrator": "administrator",
}

LANES: Final = {
    "lane.urgent": "urgent",
    "lane.preservation": "preservation",
    "lane.ordinary": "ordinary",
}

CAUSES: Final = {
    "topic.refusal": "an intended refusal (article 40(28))",
    "topic.postponement": "an intended postponement (article 40(28))",
    "topic.conditions": "conditions",
    "topic.costs": "substantial or extraordinary costs (article 40(30))",
    "topic.other": "something else",
    "warning-cause.not-secured": "preservation will not secure the data",
    "warning-cause.confidentiality": "preservation would threaten the confidentiality of the investigation",
    "warning-cause.prejudice": "preservation would harm the investigation in another way",
    "end-cause.withdrawn": "the request was withdrawn",
    "end-cause.run-out": "the time has run out, and an officer has confirmed it",
    "end-cause.disclosed": "the data were disclosed",
    "end-cause.no-longer-possible": "the data can no longer be preserved",
    "end-cause.other": "another cause",
    "destruction-cause.retention-ended": "the time of retention is over",
    "destruction-cause.condition": "a condition of the State that gave it",
    "destruction-cause.proceedings-ended": "the proceedings are over",
    "destruction-cause.not-covered": "it should not have been given, or is outside of the request",
}

CLOCKS: Final = {
    "clock.acknowledge-by": "An officer acknowledges by",
    "clock.answer-drill-by": "A person answers the drill by",
    "clock.confirm-emergency-by": "A second officer confirms the emergency by",
    "clock.preserved-until": "The data are preserved until",
    "clock.reply-due": "The requesting State needs a reply by",
    "clock.review-postponement": "The postponement is looked at again on",
    "clock.use-limit-ends": "A limit on the use of what was received ends on",
}

WARNINGS: Final = {
    "extension.late": "The extension is asked for after the end of the preservation. Ask at once whether the data are still there.",
    "form.field-missing": "The field {field} belongs in every such request. Fill it in.",
    "ground.not-in-closed-list": "The ground is not on the closed list for this kind of request. Look at the list again.",
    "ground.not-listed": "The ground is on no list of the Convention that we know. Name the law that it comes from.",
    "onward-transfer.written": "The State that gave it may demand the authorisation in writing. Ask for it in writing.",
    "postponement.no-consultation": "The other State was not consulted before the postponement. Consult first.",
    "postponement.not-listed": "The Convention knows one reason to postpone: ongoing proceedings. Look at the reason again.",
    "preservation.too-short": "The preservation is shorter than {days} days from the later of receipt and effect. Set a later date.",
    "refusal.no-consultation": "No consultation is on record for the refusal. Consult first, or write down that it was held.",
}

GRADES: Final = {
    "grade.V": "read in the official text",
    "grade.P": "supported by another source",
    "grade.M": "recalled; to be checked against the official text",
    "grade.unsigned": "No lawyer has signed this rule. It warns; it decides nothing.",
}

REQUIRED: Final = {
    "required.always": "always",
    "required.as_applicable": "as applicable",
    "required.as_appropriate": "as appropriate",
    "required.as_demanded": "if demanded",
    "required.for_50(1)(a)": "to obtain an order",
    "required.for_50(1)(b)": "to enforce an order",
    "required.for_50(2)": "to trace, freeze or seize",
    "required.for_50(2)_if_available": "to trace, freeze or seize, if available",
    "required.if_any": "if there is any",
    "required.if_asked": "if asked",
    "required.if_available": "if available",
    "required.if_conditions": "if there are conditions",
    "required.if_enforcement": "if an order is to be enforced",
    "required.if_expedited": "if expedited",
    "required.if_oral": "if the request was oral",
    "required.if_refused": "if refused",
    "required.if_refused_or_postponed": "if refused or postponed",
    "required.if_wished": "if wished",
    "required.optional": "optional",
    "required.recommended": "recommended",
    "required.system_field": "filled in by the program",
    "required.unless_service_of_documents": "unless documents are to be served",
    "required.where_applicable": "where applicable",
    "required.where_possible_and_appropriate": "where possible and appropriate",
}

EVENTS: Final = {
    "event.case-opened": "The case was opened",
    "event.statement-proposed": "An officer proposed a statement",
    "event.proposal-revised": "The proposal was revised",
    "event.proposal-rejected": "A second officer rejected the proposal",
    "event.proposal-taken-back": "The proposal was taken back",
    "event.statement-sent": "We said",
    "event.statement-received": "They said",
    "event.receipt-noted": "The other State's node signed for a message",
    "event.emergency-stood-behind": "A second officer stood behind the emergency request",
    "event.ground-overridden": "A ground that must not be used was used, with reasons",
    "event.rules-warned": "Rules warned, and it was done all the same",
    "event.request-linked": "A request for the preserved data was linked",
    "event.alarm-noted": "An alarm was given",
    "event.custody.taken-in": "Custody: an exhibit was taken in",
    "event.custody.packed": "Custody: a package was packed",
    "event.exhibit-taken": "An exhibit was taken in",
    "event.release-proposed": "A first officer proposed a release",
    "event.release-approved": "A second officer approved the release",
    "event.release-rejected": "The release was rejected",
    "event.package-arrived": "A package has arrived whole",
    "event.destruction-proposed": "A first officer proposed a destruction",
    "event.destruction-approved": "A second officer approved the destruction",
    "event.destruction-rejected": "The destruction was rejected",
}
